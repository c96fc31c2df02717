package negotiate

import "strings"

// maxTagBytes is how long a tag can be (RFC 5646, section 4.4.1).
const maxTagBytes = 35

// CanonicalTag returns a language tag in the case that RFC 5646, section 2.1.1, recommends, and whether it is well-formed.
// An underscore counts as a hyphen.
func CanonicalTag(tag string) (string, bool) {
	if tag == "" || len(tag) > maxTagBytes {
		return "", false
	}
	parts := strings.Split(strings.ReplaceAll(tag, "_", "-"), "-")
	afterSingleton := false // a single letter begins an extension, such as u-co, which is in lower case
	for i, p := range parts {
		if p == "" || len(p) > 8 {
			return "", false
		}
		letters := true
		for _, c := range []byte(p) {
			switch {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			case '0' <= c && c <= '9':
				letters = false
			default:
				return "", false
			}
		}
		if i == 0 && (len(p) < 2 || !letters) {
			return "", false
		}
		p = strings.ToLower(p)
		switch {
		case afterSingleton || i == 0:
		case len(p) == 4 && letters:
			p = strings.ToUpper(p[:1]) + p[1:]
		case len(p) == 2 && letters:
			p = strings.ToUpper(p)
		}
		afterSingleton = afterSingleton || len(p) == 1
		parts[i] = p
	}
	return strings.Join(parts, "-"), true
}

// TagInName returns the canonical form of a part of a file's name, if that can be a language tag. Its language must have two or
// three letters here, as nearly all have: "package" is well-formed, too.
func TagInName(part string) (string, bool) {
	tag, ok := CanonicalTag(part)
	language, _, _ := strings.Cut(tag, "-")
	return tag, ok && len(language) <= 3
}

// Parent removes the last subtag, and a single-letter subtag that would then be the last (RFC 4647, section 3.4).
func Parent(tag string) string {
	i := strings.LastIndexByte(tag, '-')
	if i < 0 {
		return ""
	}
	tag = tag[:i]
	if i = strings.LastIndexByte(tag, '-'); i == len(tag)-2 {
		if i < 0 {
			return ""
		}
		tag = tag[:i]
	}
	return tag
}

// rightToLeft are the languages that are written from right to left where the tag names no script, and the scripts that are.
var rightToLeft = map[string]bool{
	"ar": true, "arc": true, "azb": true, "ckb": true, "dv": true, "fa": true, "glk": true, "he": true, "ks": true, "lrc": true,
	"mzn": true, "pnb": true, "ps": true, "sd": true, "syr": true, "ug": true, "ur": true, "yi": true, "nqo": true,
	"arab": true, "hebr": true, "syrc": true, "thaa": true, "nkoo": true, "adlm": true, "rohg": true, "aran": true,
}

// Direction returns "rtl" or "ltr" for a language tag.
func Direction(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	decisive := parts[0]
	if len(parts) > 1 && len(parts[1]) == 4 {
		decisive = parts[1]
	}
	if rightToLeft[decisive] {
		return "rtl"
	}
	return "ltr"
}

// Aliases are names, in lower case, under which readers ask for a language that has another tag here. Those of the first line are
// deprecated or a macrolanguage in the registry of subtags; those of the others name a region, and mean the
// script or the language that is written there.
var Aliases = map[string]string{
	"iw": "he", "in": "id", "ji": "yi", "tl": "fil", "no": "nb", "cmn": "zh-Hans", "arb": "ar", "mo": "ro",
	"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-my": "zh-Hans", "zh-chs": "zh-Hans",
	"zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh-cht": "zh-Hant", "yue": "zh-Hant",
	"no-no": "nb", "nb-no": "nb",
}
