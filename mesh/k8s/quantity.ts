const QUANTITY = /^([+-]?)(\d*)\.?(\d*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Powers of ten by suffix, the smallest first. */
const DECIMAL: readonly (readonly [suffix: string, power: number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];

const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const NANO = -9;

type Format = "decimal" | "exponent" | "binary";

interface Parsed {
  readonly isNegative: boolean;
  /** The amount in billionths, the smallest part that Kubernetes keeps. */
  readonly nanos: bigint;
  readonly format: Format;
  /** Whether Kubernetes writes the text as it was read. */
  readonly isKept: boolean;
}

/** Kubernetes rounds what is smaller than a billionth up. */
function shifted(digits: bigint, power: number): bigint {
  if (power >= 0) {
    return digits * 10n ** BigInt(power);
  }
  const divisor = 10n ** BigInt(-power);
  return (digits + divisor - 1n) / divisor;
}

/** More digits are read in another way. */
const MOST_DIGITS = 18;

function isPlain(whole: string, fraction: string): boolean {
  const digits = whole + fraction;
  return digits.length <= MOST_DIGITS && !digits.endsWith("000") && !digits.startsWith("0");
}

function parse(text: string): Parsed | undefined {
  const [, sign, whole = "", fraction = "", suffix = ""] = QUANTITY.exec(text.trim()) ?? [];
  if (sign === undefined || whole + fraction === "") {
    return undefined;
  }
  const digits = BigInt(whole + fraction);
  const isNegative = sign === "-";
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) {
    const factor = 1024n ** BigInt(binary + 1);
    const nanos = shifted(digits * factor, -fraction.length - NANO);
    return { isNegative, nanos, format: "binary", isKept: false };
  }
  const isExponent = /^[eE][+-]?\d/.test(suffix);
  const power = isExponent
    ? Number(suffix.slice(1))
    : (DECIMAL.find(([name]) => name === suffix)?.[1] ?? 0);
  const scale = power - fraction.length;
  const nanos = shifted(digits, scale - NANO);
  const isKept = scale % 3 === 0 && isPlain(whole.replace(/^0+/, "") || "0", fraction);
  return { isNegative, nanos, format: isExponent ? "exponent" : "decimal", isKept };
}

function asDecimal(nanos: bigint, format: Format): string {
  const fits = DECIMAL.filter(([, power]) => nanos % 10n ** BigInt(power - NANO) === 0n);
  const [suffix, power] = fits.at(-1) ?? ["n", NANO];
  const amount = nanos / 10n ** BigInt(power - NANO);
  return format === "exponent"
    ? `${amount}${power === 0 ? "" : `e${power}`}`
    : `${amount}${suffix}`;
}

const ONE = 10n ** BigInt(-NANO);

function asBinary(nanos: bigint): string {
  let amount = nanos / ONE;
  let suffix = "";
  for (const larger of BINARY) {
    if (amount % 1024n !== 0n) {
      break;
    }
    amount /= 1024n;
    suffix = larger;
  }
  return `${amount}${suffix}`;
}

/**
 * Returns a quantity as Kubernetes writes it, or `undefined` if the text is no quantity.
 *
 * @example
 * canonicalQuantity("1000m") // "1"
 * canonicalQuantity("0.5") // "500m"
 * @see k8s.io/apimachinery `resource.Quantity` (ParseQuantity, CanonicalizeBytes)
 */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) {
    return undefined;
  }
  const { isNegative, nanos, format, isKept } = parsed;
  if (nanos === 0n) {
    return "0";
  }
  if (isKept) {
    return text.trim();
  }
  const isBinary = format === "binary" && nanos >= 1024n * ONE && nanos % ONE === 0n;
  const amount = isBinary ? asBinary(nanos) : asDecimal(nanos, format);
  return `${isNegative ? "-" : ""}${amount}`;
}

const signed = ({ isNegative, nanos }: Parsed) => (isNegative ? -nanos : nanos);

/**
 * Compares two quantities by their amounts: negative if the first is the smaller one, 0 if they are the
 * same. Returns `undefined` if one of them is no quantity.
 *
 * @example
 * compareQuantities("500m", "1") // -1
 */
export function compareQuantities(a: string, b: string): number | undefined {
  const [first, second] = [parse(a), parse(b)];
  if (first === undefined || second === undefined) {
    return undefined;
  }
  const difference = signed(first) - signed(second);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
