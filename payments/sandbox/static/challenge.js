/* Puts the keyboard where the decision is. */
"use strict";

document.querySelector("button")?.focus();
