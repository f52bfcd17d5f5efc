/* The first letters of the pinyin of Chinese words, by the browser's own order of characters: 商品对照 → spdz.
   A character with several readings counts with its commonest one, which is what people type. */
const FIRST = "阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥仨它穵夕丫帀";
const LETTERS = "abcdefghjklmnopqrstwxyz";
const order = new Intl.Collator("zh-Hans-CN-u-co-pinyin");

function letter(character) {
  if (character < "一" || character > "鿿") return character;
  for (let at = FIRST.length - 1; at >= 0; at -= 1) {
    if (order.compare(FIRST[at], character) <= 0) return LETTERS[at];
  }
  return character;
}

export function initials(text) {
  return [...text].map(letter).join("");
}
