/** A script for the page: the least contrast of a text with its surface, of all elements that are meant (WCAG 2). */
export const leastContrast = (selector: string): string => `(() => {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const luminance = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) =>
      value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const surface = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' && element.parentElement ? surface(element.parentElement) : colour;
  };
  const elements = [...document.querySelectorAll(${JSON.stringify(selector)})];
  if (elements.length === 0) throw new Error('The page has no such element.');
  const contrasts = elements.map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(surface(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
  return Math.min(...contrasts);
})()`;
