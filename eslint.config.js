// How JavaScript is checked beyond its types and its format; see package.json.

import js from "@eslint/js";
import globals from "globals";

const markup = [
  ...["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "srcdoc"],
  ...["createContextualFragment", "parseFromString", "parseHTMLUnsafe", "setHTMLUnsafe"],
];

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-len": ["error", { code: 100, ignoreStrings: true }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-template": "error",
      // Values reach a page through `fill` alone, which takes what `html` escaped.
      "no-restricted-properties": ["error", ...markup.map((property) => ({ property }))],
    },
  },
  {
    files: ["web/shared/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: { ...globals.browser, forgetdemo: "readonly" },
    },
    rules: { strict: ["error", "function"] },
  },
  {
    files: ["web/page/*.js"],
    languageOptions: { globals: { ...globals.browser, forgetdemo: "readonly" } },
  },
  {
    files: ["web/page/sw.js", "web/page/start.js"],
    languageOptions: { sourceType: "script", globals: globals.serviceworker },
  },
  {
    files: ["tests/**/*.mjs", "*.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser, forgetdemo: "readonly" } },
  },
];
