// Package text makes text from anywhere safe to show: on a public page, on the technical page, in a log line.
//
// Read runes.go first: the one table of characters that a reader cannot see. [Clean] and [CleanLines] drop such characters
// from public texts, [ShowInvisible] and [ShowLine] replace them by visible ones for developers, and [Line] escapes them for logs.
// [Cut] shortens a text without cutting a character in two. No function here escapes markup: each format does that itself.
package text

import (
	"strconv"
	"unicode"
)

// invisible holds the characters that have no shape of their own: control characters, characters that change the direction or
// the joining of the text around them, separators of lines and paragraphs, and noncharacters.
var invisible = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point,
	// Tags and supplementary variation selectors can spell a whole text that only a machine reads. Most are in no category above.
	{R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1}}},
}

// visible holds the exceptions: U+200C and U+200D, without which Persian, Hindi and emoji cannot be written, and the number
// signs of Arabic and other scripts, which Unicode lists as format characters although they have a shape.
var visible = []*unicode.RangeTable{unicode.Join_Control, unicode.Prepended_Concatenation_Mark}

// harmless holds the invisible characters that ordinary texts contain and that affect nothing beyond their neighbours.
var harmless = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, // soft hyphen
		{Lo: 0x061c, Hi: 0x061c, Stride: 1}, // Arabic letter mark
		{Lo: 0x180e, Hi: 0x180e, Stride: 1}, // Mongolian vowel separator
		{Lo: 0x200b, Hi: 0x200b, Stride: 1}, // zero width space: Thai and Khmer break lines there
		{Lo: 0x200e, Hi: 0x200f, Stride: 1}, // left-to-right and right-to-left mark
		{Lo: 0x2061, Hi: 0x2064, Stride: 1}, // invisible operators of formulas
	},
	R32: []unicode.Range32{
		{Lo: 0xe0020, Hi: 0xe007f, Stride: 1}, // tags, which spell flags
		{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}, // variants of Chinese characters, in Japanese names
	},
	LatinOffset: 1,
}

// Invisible reports whether a reader cannot see r, although a terminal, a browser or a language model may act on it.
func Invisible(r rune) bool {
	if r < 0xe0000 && strconv.IsPrint(r) { // nearly every character; this is the faster test
		return false
	}
	return unicode.In(r, invisible...) && !unicode.In(r, visible...)
}

// Harmful reports whether r has no place in a text for the public: it is invisible, and no written language needs it.
func Harmful(r rune) bool { return Invisible(r) && !unicode.Is(harmless, r) }
