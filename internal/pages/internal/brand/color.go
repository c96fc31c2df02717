package brand

import (
	"fmt"
	"math"
	"strconv"
)

// A color is red, green and blue in sRGB, each from 0 to 1.
type color [3]float64

// The backgrounds of the built-in page, light and dark, as in page.css.
var (
	paperLight = mustColor("#fbfaf8")
	paperDark  = mustColor("#15171b")
)

// The contrast between text and background. WCAG 2.2 (1.4.3) asks for 4.5; this is a little more, because a colour is rounded to
// eight bits afterwards, and more on the dark background, where a barely legible colour looks dirty.
const (
	contrastOnLight = 4.6
	contrastOnDark  = 6.5
)

// parseColor reads the notations #rgb and #rrggbb.
func parseColor(s string) (color, error) {
	var c color
	bad := fmt.Errorf("%q is not a colour of the form #rgb or #rrggbb", s)
	if len(s) != 4 && len(s) != 7 || s[0] != '#' {
		return c, bad
	}
	n, err := strconv.ParseUint(s[1:], 16, 32) // refuses signs and underscores in base 16
	if err != nil {
		return c, bad
	}
	for i := range c {
		if len(s) == 4 {
			c[i] = float64(n>>(4*(2-i))&0xf) / 15
		} else {
			c[i] = float64(n>>(8*(2-i))&0xff) / 255
		}
	}
	return c, nil
}

// mustColor is parseColor for our own colours.
func mustColor(s string) color {
	c, err := parseColor(s)
	if err != nil {
		panic(err)
	}
	return c
}

// String returns c in the notation of CSS, #rrggbb.
func (c color) String() string {
	var n [3]uint8
	for i, v := range c {
		n[i] = uint8(math.Round(min(max(v, 0), 1) * 255))
	}
	return fmt.Sprintf("#%02x%02x%02x", n[0], n[1], n[2])
}

// luminance is the relative luminance of WCAG 2.2.
func (c color) luminance() float64 {
	var linear [3]float64
	for i, v := range c {
		if v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// legibleOn returns c, or the nearest colour on the way to black or white in which text can be read on paper. So a yellow brand
// has links that are dark enough, and need not choose another colour.
func (c color) legibleOn(paper color) color {
	end, enough := color{}, contrastOnLight // black
	if paper.luminance() < 0.18 {           // white is in better contrast to it than black
		end, enough = color{1, 1, 1}, contrastOnDark
	}
	for i := range 101 {
		mixed := c.mix(end, float64(i)/100)
		if contrast(mixed, paper) >= enough {
			return mixed
		}
	}
	return end
}

// mix returns the colour at a part of the way from c to other.
func (c color) mix(other color, part float64) color {
	for i := range c {
		c[i] += (other[i] - c[i]) * part
	}
	return c
}
