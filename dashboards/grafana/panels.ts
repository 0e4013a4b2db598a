/** The shapes of panel the dashboards use, with one look: title, description, unit, query and legend say the rest. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills in the variable.
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

export interface PanelText {
  readonly title: string;
  /** What the panel answers, for its (i). */
  readonly description: string;
  /** A Grafana unit id: `short`, `s`, `percentunit`, `bytes`. */
  readonly unit: string;
}

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

const HEIGHT = 8;

function rangeQuery({ expr, legend }: Query): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(legend).range().datasource(DATASOURCE);
}

/** A single number now, with its course behind it. */
export function statPanel(text: PanelText, query: Query): StatBuilder {
  return new StatBuilder()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .datasource(DATASOURCE)
    .span(6)
    .height(4)
    .colorMode(BigValueColorMode.None)
    .graphMode(BigValueGraphMode.Area)
    .noValue('-')
    .withTarget(rangeQuery(query));
}

/** Lines over time with a legend table of last and max. */
export function linesPanel(text: PanelText, queries: readonly Query[]): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .datasource(DATASOURCE)
    .span(12)
    .height(HEIGHT)
    .lineWidth(2)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    );
  for (const query of queries) panel.withTarget(rangeQuery(query));
  return panel;
}

/** One row per label set, one column per query. */
export function tablePanel(
  text: PanelText,
  columns: readonly (Query & { readonly refId: string })[],
  by: string,
): TableBuilder {
  const panel = new TableBuilder()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .datasource(DATASOURCE)
    .span(24)
    .height(HEIGHT)
    .withTransformation({ id: 'joinByField', options: { byField: by, mode: 'outer' } })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(
          ['Time', ...columns.map((_, i) => `Time ${i + 1}`)].map((name) => [name, true]),
        ),
        renameByName: Object.fromEntries(columns.map(({ refId, legend }) => [`Value #${refId}`, legend])),
      },
    });
  for (const { expr, refId } of columns) {
    panel.withTarget(
      new DataqueryBuilder().expr(expr).refId(refId).instant().format(PromQueryFormat.Table).datasource(DATASOURCE),
    );
  }
  return panel;
}
