/* What is right in a card form: formatting while typing, and what is wrong with each field. */
"use strict";

const digitsOf = (text) => text.replace(/\D/g, "");

const isAmex = (digits) => /^3[47]/.test(digits);

const fullLength = (digits) => (isAmex(digits) ? 15 : 16);

const luhn = (digits) => {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
};

const groups = (digits) => {
  const sizes = isAmex(digits) ? [4, 6, 5] : [4, 4, 4, 4];
  const parts = [];
  for (const size of sizes) {
    if (digits) parts.push(digits.slice(0, size));
    digits = digits.slice(size);
  }
  return parts.join(" ");
};

const expiryParts = (text) => {
  let digits = digitsOf(text);
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  // Autofill may write the year in full: 12 / 2030.
  const year = digits.length >= 6 ? digits.slice(4, 6) : digits.slice(2, 4);
  return { month: digits.slice(0, 2), year };
};

const incomplete = (field, name) => ({ code: `incomplete_${field}`, message: `Your ${name} is incomplete.` });

const CardFields = {
  formatNumber: (text) => groups(digitsOf(text).slice(0, fullLength(digitsOf(text)))),

  formatExpiry(text, deleting) {
    const { month, year } = expiryParts(text);
    if (year) return `${month} / ${year}`;
    return month.length === 2 && !deleting ? `${month} / ` : month;
  },

  formatCvc: (text, number) => digitsOf(text).slice(0, isAmex(digitsOf(number)) ? 4 : 3),

  numberProblem(text) {
    const digits = digitsOf(text);
    if (digits.length < fullLength(digits)) return incomplete("number", "card number");
    return luhn(digits) ? null : { code: "incorrect_number", message: "Your card number is not a valid one." };
  },

  expiryProblem(text, now = new Date()) {
    const { month, year } = expiryParts(text);
    if (month.length < 2 || year.length < 2) return incomplete("expiry", "card's expiry date");
    if (Number(month) < 1 || Number(month) > 12) {
      return { code: "invalid_expiry_month", message: "Your card's expiry month is not a month." };
    }
    const ends = new Date(2000 + Number(year), Number(month), 1); // valid to the end of its month
    if (ends <= now) return { code: "invalid_expiry_year_past", message: "Your card's expiry date is in the past." };
    return null;
  },

  cvcProblem(text, number) {
    const wanted = isAmex(digitsOf(number)) ? 4 : 3;
    return digitsOf(text).length < wanted ? incomplete("cvc", "card's security code") : null;
  },

  /* The parameters that the API wants. */
  asParams(number, expiry, cvc) {
    const { month, year } = expiryParts(expiry);
    return {
      "payment_method_data[type]": "card",
      "payment_method_data[card][number]": digitsOf(number),
      "payment_method_data[card][exp_month]": String(Number(month)),
      "payment_method_data[card][exp_year]": `20${year}`,
      "payment_method_data[card][cvc]": digitsOf(cvc),
    };
  },
};
