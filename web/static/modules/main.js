// Everything here is a comfort: each page reads, asks and prints with scripts off.
import * as clock from "./clock.js";
import * as curves from "./curves.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as prefs from "./prefs.js";
import * as table from "./table.js";
import * as timeline from "./timeline.js";

for (const part of [prefs, clock, table, timeline, curves, keys, live]) part.start();
