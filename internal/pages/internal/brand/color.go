package brand

import (
	"fmt"
	"math"
	"strconv"
)

// A color is a point in sRGB, each part from 0 to 1.
type color [3]float64

// The background of the built-in page, as in page.css.
var (
	paperLight = mustColor("#fbfaf8")
	paperDark  = mustColor("#15171b")
)

// The contrast between text and background. WCAG 2.2 (1.4.3) asks for 4.5; this is a little more, because a colour is rounded to
// eight bits afterwards, and more on the dark background, where a barely legible colour looks dirty.
const (
	legibleOnLight = 4.6
	legibleOnDark  = 6.5
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

func mustColor(s string) color {
	c, err := parseColor(s)
	if err != nil {
		panic(err)
	}
	return c
}

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

// on returns c, or the colour nearest to it on the way to black or white, so that text of that colour can be read on
// paper. A yellow brand must not have invisible links, and need not choose another colour.
func (c color) on(paper color) color {
	end, legible := color{}, legibleOnLight
	if paper.luminance() < 0.18 {
		end, legible = color{1, 1, 1}, legibleOnDark
	}
	for i := range 101 {
		mixed := c.mix(end, float64(i)/100)
		if contrast(mixed, paper) >= legible {
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
