// Clebsch–Gordan coefficients ⟨l1 m1 l2 m2 | l3 m3⟩ in f64, Condon–Shortley, m3 = m1 + m2.
//
// For given degrees a, b, c and order γ the coefficients C_α = ⟨a α b (γ−α) | c γ⟩ are the eigenvector of
// J² = (J_a + J_b)² for the eigenvalue c(c+1), and J² is tridiagonal in α (Schulten & Gordon 1975; Varshalovich,
// Moskalev, Khersonskii 1988, 8.6):
//
//   A_α C_{α−1} + B_α C_α + A_{α+1} C_{α+1} = 0        β = γ − α
//   A_α = √((a+α) (a−α+1) (b−β) (b+β+1))               B_α = a(a+1) + b(b+1) − c(c+1) + 2αβ
//
// Under the root stand integers, and B is one: both are exact below a = 2¹². From either end of the range of α
// coefficients grow towards the middle, where |B_α| < A_α + A_{α+1} and they oscillate; so the recurrence runs from
// both ends to the α at which A_α + A_{α+1} − |B_α| is largest, the two parts are joined by their two common values,
// and the squares sum to 1. C is positive at the largest α. Values that grow beyond 2⁴⁰⁰ are divided by 2⁸⁰⁰, so what
// is below the smallest f64 is written as zero.
//
// An error made where neighbours differ little is carried far. So c is the largest of the three degrees, and γ its
// order: no column is then longer than the smallest degree allows, and long ones oscillate fast. Where l1 or l2 is the
// largest, (Varshalovich et al. 8.4)
//
//   ⟨l1 m1 l2 m2 | l3 m3⟩ = (−1)^{l1−l3+m2} √((2l3+1)/(2l1+1)) ⟨l2 m2 l3 −m3 | l1 −m1⟩
//                         = (−1)^{l2−l3−m1} √((2l3+1)/(2l2+1)) ⟨l1 −m1 l3 m3 | l2 m2⟩.

// @ts-ignore: decorator
@inline const TWO_400: f64 = 2.582249878086909e+120;
// @ts-ignore: decorator
@inline const TWO_MINUS_800: f64 = 1.499696813895631e-241;

/** Bytes of scratch of `clebschGordan`. */
export function clebschGordanScratchBytes(l1: i32, l2: i32, l3: i32): i32 {
  return 16 * (2 * max(l1, max(l2, l3)) + 2);
}

/**
 * ⟨l1 m1 l2 m2 | l3 (m1+m2)⟩ as f64[2·l1+1][2·l2+1] at out, rows m1 and columns m2 from −l to l; zero where the
 * degrees are no triangle or |m1+m2| > l3. Degrees below 2¹².
 */
export function clebschGordan(l1: i32, l2: i32, l3: i32, out: usize, scratch: usize): void {
  const width = 2 * l2 + 1;
  memory.fill(out, 0, <usize>(2 * l1 + 1) * <usize>width * 8);
  if (l3 > l1 + l2 || l3 < abs(l1 - l2)) return;

  const column = scratch;
  const roots = scratch + <usize>(2 * max(l1, max(l2, l3)) + 2) * 8;
  // Coefficient (0, 0), then the steps of one α in memory.
  const center = out + (<usize>l1 * <usize>width + <usize>l2) * 8;
  const row = <isize>width * 8;
  if (l3 >= max(l1, l2)) {
    for (let m3 = -l3; m3 <= l3; m3++) {
      const lowest = couple(l1, l2, l3, m3, column, roots);
      const count = columnLength(l1, l2, m3);
      scatter(count, column, 1, 1, center + (<isize>lowest * row + (m3 - lowest) * 8), row - 8);
    }
  } else if (l1 >= l2) {
    const scale = sqrt(<f64>(2 * l3 + 1) / <f64>(2 * l1 + 1));
    for (let m1 = -l1; m1 <= l1; m1++) {
      const lowest = couple(l2, l3, l1, -m1, column, roots);
      const count = columnLength(l2, l3, -m1);
      const first = (l1 - l3 + lowest) & 1 ? -scale : scale;
      scatter(count, column, first, -1, center + (<isize>m1 * row + lowest * 8), 8);
    }
  } else {
    const scale = sqrt(<f64>(2 * l3 + 1) / <f64>(2 * l2 + 1));
    for (let m2 = -l2; m2 <= l2; m2++) {
      const lowest = couple(l1, l3, l2, m2, column, roots);
      const count = columnLength(l1, l3, m2);
      const first = (l2 - l3 + lowest) & 1 ? -scale : scale;
      scatter(count, column, first, -1, center + (<isize>-lowest * row + m2 * 8), -row);
    }
  }
}

/** Numbers α with |α| ≤ a and |γ−α| ≤ b. */
// @ts-ignore: decorator
@inline function columnLength(a: i32, b: i32, gamma: i32): i32 {
  return min(a, gamma + b) - max(-a, gamma - b) + 1;
}

/** Writes a column with the factors factor, factor·ratio, factor, …, `step` bytes apart. */
function scatter(count: i32, column: usize, factor: f64, ratio: f64, out: usize, step: isize): void {
  for (let i = 0; i < count; i++) {
    store<f64>(out, factor * load<f64>(column + <usize>i * 8));
    factor *= ratio;
    out += step;
  }
}

/** C_α for all α, ascending, at x; returns the least α. roots: a number more than x. */
function couple(a: i32, b: i32, c: i32, gamma: i32, x: usize, roots: usize): i32 {
  const lowest = max(-a, gamma - b);
  const count = columnLength(a, b, gamma);
  if (count == 1) {
    store<f64>(x, 1);
    return lowest;
  }
  const constant = <f64>(a * (a + 1) + b * (b + 1) - c * (c + 1));

  // A of each α, 0 at both ends, and where the two parts meet: between meeting − 1 and meeting.
  let meeting = 1;
  let freest = -Infinity;
  let below: f64 = 0;
  store<f64>(roots, 0);
  for (let i = 0; i < count; i++) {
    const alpha = lowest + i;
    const above = i == count - 1 ? 0 : root(a, b, alpha + 1, gamma - alpha - 1);
    store<f64>(roots + <usize>(i + 1) * 8, above);
    const freedom = below + above - abs(constant + <f64>(2 * alpha * (gamma - alpha)));
    if (i > 0 && freedom > freest) {
      freest = freedom;
      meeting = i;
    }
    below = above;
  }

  // From below: x_0 … x_meeting.
  store<f64>(x, 1);
  let last: f64 = 0;
  let current: f64 = 1;
  for (let i = 0; i < meeting; i++) {
    const p = roots + <usize>i * 8;
    const alpha = lowest + i;
    const next = -(load<f64>(p) * last + (constant + <f64>(2 * alpha * (gamma - alpha))) * current) / load<f64>(p, 8);
    last = current;
    current = next;
    store<f64>(x + <usize>(i + 1) * 8, current);
    if (abs(current) > TWO_400) {
      multiply(x, x + <usize>(i + 2) * 8, TWO_MINUS_800);
      last *= TWO_MINUS_800;
      current *= TWO_MINUS_800;
    }
  }
  const lowerLast = last;
  const lowerCurrent = current;

  // From above: x_{count−1} … x_meeting, and the value before them.
  const end = x + <usize>count * 8;
  store<f64>(end - 8, 1);
  last = 0;
  current = 1;
  for (let i = count - 1; ; i--) {
    const p = roots + <usize>i * 8;
    const alpha = lowest + i;
    const next = -(load<f64>(p, 8) * last + (constant + <f64>(2 * alpha * (gamma - alpha))) * current) / load<f64>(p);
    last = current;
    current = next;
    if (abs(current) > TWO_400) {
      multiply(x + <usize>i * 8, end, TWO_MINUS_800);
      last *= TWO_MINUS_800;
      current *= TWO_MINUS_800;
    }
    if (i == meeting) break;
    store<f64>(x + <usize>(i - 1) * 8, current);
  }

  const ratio = (current * lowerLast + last * lowerCurrent) / (lowerLast * lowerLast + lowerCurrent * lowerCurrent);
  multiply(x, x + <usize>meeting * 8, ratio);
  let sum: f64 = 0;
  for (let p = x; p < end; p += 8) sum += load<f64>(p) * load<f64>(p);
  multiply(x, end, 1 / sqrt(sum));
  return lowest;
}

/** A_α. */
// @ts-ignore: decorator
@inline function root(a: i32, b: i32, alpha: i32, beta: i32): f64 {
  return sqrt(<f64>((a + alpha) * (a - alpha + 1)) * <f64>((b - beta) * (b + beta + 1)));
}

function multiply(from: usize, to: usize, factor: f64): void {
  for (let p = from; p < to; p += 8) store<f64>(p, factor * load<f64>(p));
}
