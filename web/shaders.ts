// The spheres on the screen, computed per pixel of a square: n is the point of the unit sphere that a pixel shows, right, up
// and towards the viewer. They are of glass: what lies on the far side shines through.

export const VERTEX = /* glsl */ `
  varying vec2 place;
  uniform float reach;
  void main() {
    place = position.xy * reach;
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  }
`;

/** What both spheres share: colours, glass, and the soft edge. `pixel` is a pixel's size in radii. */
const GLASS = /* glsl */ `
  varying vec2 place;
  uniform float pixel;

  const vec3 LIGHT = normalize(vec3(-0.45, 0.62, 0.65));

  vec3 glass(vec3 n) {
    float rim = pow(1.0 - n.z, 2.5);
    float lit = 0.5 + 0.5 * dot(n, LIGHT);
    vec3 colour = mix(vec3(0.030, 0.058, 0.075), vec3(0.100, 0.205, 0.235), lit * lit);
    return colour + rim * vec3(0.10, 0.30, 0.31);
  }

  /* Cubic B-spline by four bilinear look-ups, at in texels: pixels without their edges. */
  float smoothTexel(sampler2D texels, vec2 at, float side) {
    vec2 cell = floor(at - 0.5) + 0.5;
    vec2 f = at - cell;
    vec2 f2 = f * f;
    vec2 f3 = f2 * f;
    vec2 w0 = (1.0 - 3.0 * f + 3.0 * f2 - f3) / 6.0;
    vec2 w1 = (4.0 - 6.0 * f2 + 3.0 * f3) / 6.0;
    vec2 w3 = f3 / 6.0;
    vec2 low = w0 + w1;
    vec2 high = 1.0 - low;
    vec2 a = (cell - 1.0 + w1 / low) / side;
    vec2 b = (cell + 1.0 + w3 / high) / side;
    return low.y * (low.x * texture2D(texels, a).r + high.x * texture2D(texels, vec2(b.x, a.y)).r)
      + high.y * (low.x * texture2D(texels, vec2(a.x, b.y)).r + high.x * texture2D(texels, b).r);
  }

  float shine(vec3 n) {
    return pow(max(dot(n, normalize(LIGHT + vec3(0.0, 0.0, 1.0))), 0.0), 60.0);
  }
`;

/**
 * A picture on the sphere: the ray from just above the north pole through the point meets the plane below in the picture
 * (src/data/projection.ts). `toBody` takes n to the point of the body that is there.
 */
export const BALL = /* glsl */ `
  ${GLASS}
  uniform sampler2D picture;
  uniform mat3 toBody;

  const float SIDE = 28.0;

  float ink(vec3 p) {
    // The picture's corners come this far beyond the equator.
    if (p.z > 0.06) return 0.0;
    float height = p.z + 1.0;
    vec2 onPlane = p.xy * (1.0 + height / (2.001 - height));
    vec2 at = (onPlane.yx + 1.5) / 3.0 * SIDE + 0.5;
    if (any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(SIDE)))) return 0.0;
    return smoothstep(0.2, 0.6, smoothTexel(picture, at, SIDE));
  }

  /* Meridians and parallels, every 30 degrees; the meridians fade towards the poles, where they would crowd. */
  float net(vec3 p, float blur) {
    float ring = length(p.xy);
    float meridian = asin(abs(sin(6.0 * atan(p.y, p.x)))) / 6.0 * ring;
    float parallel = asin(abs(sin(6.0 * asin(clamp(p.z, -1.0, 1.0))))) / 6.0;
    vec2 lines = 1.0 - smoothstep(0.2 * blur, 1.2 * blur, vec2(meridian, parallel));
    return max(lines.x * smoothstep(0.1, 0.5, ring), lines.y * smoothstep(0.02, 0.2, ring));
  }

  void main() {
    float radius = length(place);
    float cover = 1.0 - smoothstep(1.0 - pixel, 1.0 + pixel, radius);
    if (cover <= 0.0) discard;
    vec3 n = vec3(place, sqrt(max(1.0 - radius * radius, 0.0)));
    vec3 front = toBody * n;
    vec3 back = toBody * vec3(n.xy, -n.z);
    float blur = 1.1 * pixel / max(n.z, 0.2);
    vec3 colour = glass(n);
    colour = mix(colour, vec3(0.42, 0.56, 0.56), 0.42 * ink(back));
    colour = mix(colour, vec3(0.45, 0.78, 0.77), 0.34 * net(front, blur) * smoothstep(0.05, 0.45, n.z));
    float shade = 0.78 + 0.22 * n.z;
    colour = mix(colour, vec3(1.0, 0.955, 0.86) * shade, ink(front));
    colour += 0.10 * shine(n);
    gl_FragColor = vec4(colour, cover);
  }
`;

/** A signal on the grid of the network's own axes: it turns because the network's input does. Texture: α across, β down. */
export const MAP = /* glsl */ `
  ${GLASS}
  uniform sampler2D signal;
  uniform float side;

  vec3 ramp(float value) {
    vec3 low = vec3(0.05, 0.10, 0.13);
    vec3 middle = vec3(0.06, 0.50, 0.50);
    vec3 high = vec3(1.0, 0.93, 0.72);
    return value < 0.5 ? mix(low, middle, 2.0 * value) : mix(middle, high, 2.0 * value - 1.0);
  }

  float response(vec3 n) {
    vec3 p = vec3(-n.y, n.x, -n.z);
    float beta = acos(clamp(p.z, -1.0, 1.0));
    float alpha = atan(p.y, p.x);
    return smoothTexel(signal, vec2(side * alpha / 6.28318531 + 0.5, side * beta / 3.14159265), side);
  }

  void main() {
    float radius = length(place);
    float cover = 1.0 - smoothstep(1.0 - pixel, 1.0 + pixel, radius);
    if (cover <= 0.0) discard;
    vec3 n = vec3(place, sqrt(max(1.0 - radius * radius, 0.0)));
    float value = sqrt(max(response(n), 0.25 * response(vec3(n.xy, -n.z))));
    vec3 colour = ramp(value) * (0.62 + 0.38 * n.z) + pow(1.0 - n.z, 3.0) * vec3(0.08, 0.22, 0.23);
    gl_FragColor = vec4(colour + 0.10 * shine(n), cover);
  }
`;
