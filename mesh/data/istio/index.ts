// Written by `npm run istio`: the files of each minor of Istio.
import facts1_23 from "./1.23/facts.json";
import release1_23 from "./1.23/release.json";
import facts1_24 from "./1.24/facts.json";
import release1_24 from "./1.24/release.json";
import facts1_25 from "./1.25/facts.json";
import release1_25 from "./1.25/release.json";
import facts1_26 from "./1.26/facts.json";
import release1_26 from "./1.26/release.json";
import facts1_27 from "./1.27/facts.json";
import release1_27 from "./1.27/release.json";
import facts1_28 from "./1.28/facts.json";
import release1_28 from "./1.28/release.json";
import facts1_29 from "./1.29/facts.json";
import release1_29 from "./1.29/release.json";
import facts1_30 from "./1.30/facts.json";
import release1_30 from "./1.30/release.json";
import facts1_31 from "./1.31/facts.json";
import release1_31 from "./1.31/release.json";

export const FOLDERS = {
  "1.23": {
    facts: facts1_23,
    release: release1_23,
    types: () => require("./1.23/types.json"),
  },
  "1.24": {
    facts: facts1_24,
    release: release1_24,
    types: () => require("./1.24/types.json"),
  },
  "1.25": {
    facts: facts1_25,
    release: release1_25,
  },
  "1.26": {
    facts: facts1_26,
    release: release1_26,
  },
  "1.27": {
    facts: facts1_27,
    release: release1_27,
    types: () => require("./1.27/types.json"),
  },
  "1.28": {
    facts: facts1_28,
    release: release1_28,
    flags: () => require("./1.28/flags.json"),
  },
  "1.29": {
    facts: facts1_29,
    release: release1_29,
    types: () => require("./1.29/types.json"),
    flags: () => require("./1.29/flags.json"),
  },
  "1.30": {
    facts: facts1_30,
    release: release1_30,
    types: () => require("./1.30/types.json"),
    flags: () => require("./1.30/flags.json"),
  },
  "1.31": {
    facts: facts1_31,
    release: release1_31,
    types: () => require("./1.31/types.json"),
    flags: () => require("./1.31/flags.json"),
  },
};
