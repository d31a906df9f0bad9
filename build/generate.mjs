// Source that is generated before compilation; see build/codelets.mjs.
