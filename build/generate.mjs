// Source that is generated before compilation.

import { writeCodelets } from "./codelets.mjs";

writeCodelets();
