import data from "../data/istio/default.json";

/** Version of Istio where none is asked for. */
export const DEFAULT_VERSION: string = data.version;
