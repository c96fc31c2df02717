package browser

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "directory in which TestPictures writes the pictures of the README")

// TestPictures makes the two pictures at the top of the README: one failure, as bob and as alice.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("it is for the README: run it with -pictures ../../docs")
	}
	b, d := startBrowser(t), startDemo(t)
	for name, viewer := range map[string]string{"customer": "bob", "technical": "alice"} {
		b.view(t, 1080, "light")
		b.signIn(t, d.urls[0], viewer)
		b.open(t, d.urls[0]+broken)
		b.do(t, chromedp.EmulateViewport(1080, 810))
		picture, err := chromedp.Run(b.within(t), chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		small, err := shrink(picture)
		if err != nil {
			t.Fatal(err)
		}
		if len(small) > 150<<10 {
			t.Errorf("%s.png has %d kB, which is too much for a README", name, len(small)>>10)
		}
		if err := os.WriteFile(filepath.Join(*pictures, name+".png"), small, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shrink keeps a picture's 256 commonest colours, which is plenty for a page of text, and packs it
// as tightly as PNG goes.
func shrink(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	count := map[color.RGBA]int{}
	r := full.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			count[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	commonest := make([]color.RGBA, 0, len(count))
	for c := range count {
		commonest = append(commonest, c)
	}
	slices.SortFunc(commonest, func(a, b color.RGBA) int { return count[b] - count[a] })
	palette := make(color.Palette, 0, 256)
	for _, c := range commonest[:min(256, len(commonest))] {
		palette = append(palette, c)
	}
	reduced := image.NewPaletted(r, palette)
	nearest := map[color.RGBA]uint8{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			reduced.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, reduced)
	return out.Bytes(), err
}
