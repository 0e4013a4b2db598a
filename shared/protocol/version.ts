/** Version of every message body. A reader refuses other versions in one sentence. */
export const PROTOCOL_VERSION = 1;

/** Version of the program, as `package.json` has it. */
export const SOWER_VERSION = '0.1.0';
