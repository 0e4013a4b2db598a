/** Bundles the sources into dist/. */
export declare function build(options?: { readonly clean?: boolean }): Promise<void>;
