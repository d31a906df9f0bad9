// The moves of a planar convolution: im2col writes the patches of one image as the columns of a matrix, so that the
// convolution is a product of matrices (Chellapilla, Puri & Simard 2006); col2im is its transpose. And what a bias for
// each channel needs.
//
// Images are row-major, [channels][height][width]. Patches: with kernel offsets ky, kx and output places y', x',
//
//   columns[c][ky][kx][y'][x'] = x[c][y'·stride + ky − padding][x'·stride + kx − padding], 0 outside the image,
//
// a matrix of channels·kernelHeight·kernelWidth rows and height'·width' columns. Nothing is aligned, and nothing outside
// is read or written.

import { put, sumWide, take, widen } from "./lanes";
import { LANES, REAL } from "./simd";

/** Places that a kernel takes along one axis. */
// @ts-ignore: decorator
@inline function places(size: i32, kernel: i32, stride: i32, padding: i32): i32 {
  return (size + 2 * padding - kernel) / stride + 1;
}

/** The first place whose sample, place·stride + offset, is not before the image. */
// @ts-ignore: decorator
@inline function firstInside(offset: i32, stride: i32, count: i32): i32 {
  return offset >= 0 ? 0 : min(count, (stride - 1 - offset) / stride);
}

/** The first place whose sample is past the image, or `count`. */
// @ts-ignore: decorator
@inline function firstPast(offset: i32, stride: i32, size: i32, count: i32): i32 {
  return offset < size ? min(count, (size - 1 - offset) / stride + 1) : 0;
}

/** columns[channels·kernelHeight·kernelWidth][height'·width'] from one image. */
export function im2col(
  channels: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32,
  x: usize, columns: usize,
): void {
  const rows = places(height, kernelHeight, stride, padding);
  const line = places(width, kernelWidth, stride, padding);
  for (let c = 0; c < channels; c++, x += <usize>(height * width) * REAL) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const top = firstInside(ky - padding, stride, rows), bottom = firstPast(ky - padding, stride, height, rows);
      for (let kx = 0; kx < kernelWidth; kx++) {
        const left = firstInside(kx - padding, stride, line), right = firstPast(kx - padding, stride, width, line);
        if (right - left < line || bottom - top < rows) memory.fill(columns, 0, <usize>(rows * line) * REAL);
        for (let j = top; j < bottom; j++) {
          let from = x + <usize>((j * stride + ky - padding) * width + left * stride + kx - padding) * REAL;
          const to = columns + <usize>(j * line) * REAL;
          if (stride == 1) {
            if (left < right) memory.copy(to + <usize>left * REAL, from, <usize>(right - left) * REAL);
          } else {
            for (let i = left; i < right; i++, from += <usize>stride * REAL) {
              store<real>(to + <usize>i * REAL, load<real>(from));
            }
          }
        }
        columns += <usize>(rows * line) * REAL;
      }
    }
  }
}

/** x += the transpose of `im2col` applied to the columns: each sample gets the sum over the patches that hold it. */
export function col2im(
  channels: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32,
  columns: usize, x: usize,
): void {
  const rows = places(height, kernelHeight, stride, padding);
  const line = places(width, kernelWidth, stride, padding);
  for (let c = 0; c < channels; c++, x += <usize>(height * width) * REAL) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const top = firstInside(ky - padding, stride, rows), bottom = firstPast(ky - padding, stride, height, rows);
      for (let kx = 0; kx < kernelWidth; kx++) {
        const left = firstInside(kx - padding, stride, line), right = firstPast(kx - padding, stride, width, line);
        for (let j = top; j < bottom; j++) {
          let to = x + <usize>((j * stride + ky - padding) * width + left * stride + kx - padding) * REAL;
          const from = columns + <usize>(j * line) * REAL;
          for (let i = left; i < right; i++, to += <usize>stride * REAL) {
            store<real>(to, load<real>(to) + load<real>(from + <usize>i * REAL));
          }
        }
        columns += <usize>(rows * line) * REAL;
      }
    }
  }
}

/** x[item][channel][point] += bias[channel]. */
export function addToPlanes(batch: i32, channels: i32, points: i32, x: usize, bias: usize): void {
  for (let item = 0; item < batch; item++) {
    for (let c = 0; c < channels; c++, x += <usize>points * REAL) {
      const value = v128.splat<real>(load<real>(bias + <usize>c * REAL));
      for (let i = 0; i < points; i += LANES) {
        const at = x + <usize>i * REAL;
        put(at, v128.add<real>(take(at, points - i), value), points - i);
      }
    }
  }
}

/** out[channel] = Σ over items and points of x, in f64 and rounded once: the gradient of `addToPlanes` by its bias. */
export function planeSums(batch: i32, channels: i32, points: i32, x: usize, out: usize): void {
  for (let c = 0; c < channels; c++) {
    let sum = f64x2.splat(0);
    for (let item = 0; item < batch; item++) {
      const plane = x + <usize>((item * channels + c) * points) * REAL;
      for (let i = 0; i < points; i += LANES) sum = f64x2.add(sum, widen(take(plane + <usize>i * REAL, points - i)));
    }
    store<real>(out + <usize>c * REAL, <real>sumWide(sum));
  }
}
