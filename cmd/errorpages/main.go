// Command errorpages writes the error pages as files, for a proxy to serve when the application itself is down:
//
//	go run github.com/exceptional-go/exceptional/cmd/errorpages -o errorpages -name "Riverside Books" -languages en,de
//
// For every status from 400 on and every language there is DIR/LANGUAGE/STATUS.html, for people, and STATUS.json, a
// problem document for programs. Beside them are samples of a configuration for nginx, Caddy and Traefik, which choose
// among them as the library does. The pages are the same that the application shows: from its templates, if -templates
// names the directory that contains http_responses, otherwise the built-in ones.
//
// Files that are in DIR already are replaced one by one, so that a proxy may serve them meanwhile. Files that are no longer written
// are not deleted.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func main() {
	switch err := run(os.Args[1:], os.Stdout, os.Stderr); {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "errorpages:", err)
		os.Exit(1)
	}
}

// run is main, but for ending the process.
func run(args []string, stdout, stderr io.Writer) error {
	c, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	r, err := pages.New(c.options)
	if err != nil {
		return err
	}
	x := export{renderer: r, dir: c.dir, statuses: c.statuses, languages: languagesOf(r)}
	if err := x.pages(); err != nil {
		return err
	}
	if err := x.samples(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %d pages in %s\n", c.dir, x.written, strings.Join(x.languages.tags, ", "))
	return err
}

// A config is what the flags say.
type config struct {
	dir      string // to write to
	statuses []int
	options  renderer.Options
}

// parseFlags reads the flags, and explains them to stderr if they are wrong.
func parseFlags(args []string, stderr io.Writer) (c config, err error) {
	var templates, catalogue, languages, codes string
	flags := flag.NewFlagSet("errorpages", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.dir, "o", "", "the `directory` to write to; it is made if need be")
	flags.StringVar(&templates, "templates", "", "the application's `directory` that contains http_responses")
	flags.StringVar(&catalogue, "catalogue", "", "the application's `directory` of catalogues, LANGUAGE.json")
	flags.StringVar(&languages, "languages", "en", "the languages, separated by commas, the default first; all of them: \"en,all\"")
	flags.StringVar(&codes, "codes", "400-599", "the `statuses`, separated by commas, such as 413,429,500-504; those without a name are left out")
	flags.StringVar(&c.options.Brand.Name, "name", "", "the name of the site")
	flags.StringVar(&c.options.Brand.Logo, "logo", "", "the `URL` of its logo: a path, or better a data URL, which is there when the application is not")
	flags.StringVar(&c.options.Brand.Color, "color", "", "its `colour`, #rrggbb")
	flags.StringVar(&c.options.Brand.Home, "home", "", "the `URL` of the home page; - for none (default \"/\")")
	flags.StringVar(&c.options.Brand.Support, "support", "", "the `URL` of the support, mailto: and tel: included")
	flags.Func("link", "a further link, as `TEXT=URL`; may be repeated", func(s string) error {
		text, url, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("write it as TEXT=URL")
		}
		c.options.Brand.Links = append(c.options.Brand.Links, renderer.Link{Text: text, URL: url})
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("%q: there are flags only", flags.Arg(0))
	}
	if c.dir == "" {
		return c, errors.New("-o: where to?")
	}
	if c.statuses, err = parseCodes(codes); err != nil {
		return c, fmt.Errorf("-codes: %w", err)
	}
	c.options.Language, c.options.Languages = parseLanguages(languages)
	if templates != "" {
		// An application may have no templates yet, but a directory that is named here must have some.
		if _, err := os.Stat(filepath.Join(templates, "http_responses")); err != nil {
			return c, fmt.Errorf("-templates: %w", err)
		}
		c.options.Templates = os.DirFS(templates)
	}
	if catalogue != "" {
		c.options.Catalogue = os.DirFS(catalogue)
	}
	return c, nil
}

// parseLanguages returns the default language, "" for the library's own, and the languages to choose from, nil for all of them.
func parseLanguages(s string) (first string, tags []string) {
	all := false
	for tag := range strings.SplitSeq(s, ",") {
		switch tag = strings.TrimSpace(tag); tag {
		case "":
		case "all":
			all = true
		default:
			tags = append(tags, tag)
		}
	}
	if len(tags) > 0 {
		first = tags[0]
	} else {
		tags = []string{"en"}
	}
	if all {
		return first, nil
	}
	return first, tags
}

// parseCodes returns the statuses of a list such as "413,500-504", sorted and each once.
func parseCodes(s string) ([]int, error) {
	var codes []int
	for _, part := range strings.Split(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 400 || b > 599 || a > b {
			return nil, fmt.Errorf("%q is not a status from 400 to 599 or a range of them", part)
		}
		for code := a; code <= b; code++ {
			// What was named on its own may be a code that the application made up.
			if !isRange || http.StatusText(code) != "" {
				codes = append(codes, code)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes), nil
}

// An export writes the directory.
type export struct {
	renderer  *pages.Renderer
	dir       string
	statuses  []int
	languages languages
	policies  []string // the Content-Security-Policies of the pages, each once
	written   int      // pages
}

// forms are the formats that a proxy chooses from.
var forms = [...]struct {
	suffix string
	format renderer.Format
}{{".html", renderer.FormatHTML}, {".json", renderer.FormatProblemJSON}}

// pages writes a page in each form for every status and language.
func (x *export) pages() error {
	var faults []error
	for _, tag := range x.languages.tags {
		if err := os.MkdirAll(filepath.Join(x.dir, tag), 0o755); err != nil {
			return err
		}
		for _, status := range x.statuses {
			for _, form := range forms {
				a := x.renderer.Render(pages.Choice{Format: form.format, Language: tag}, &pages.Input{Status: status})
				if a.Err != nil || a.Step > pages.StepBuiltin {
					// A page that fails in the application is not one to serve when the application is down.
					faults = append(faults, fmt.Errorf("%s/%d%s: %w", tag, status, form.suffix, errors.Join(a.Err, fmt.Errorf("the answer is %v", a.Step))))
				}
				if form.format == renderer.FormatHTML && !slices.Contains(x.policies, a.CSP) {
					x.policies = append(x.policies, a.CSP)
				}
				name := filepath.Join(x.dir, tag, strconv.Itoa(status)+form.suffix)
				if err := replace(name, a.Body); err != nil {
					return err
				}
				x.written++
			}
		}
	}
	return errors.Join(faults...)
}

// replace writes a file so that a proxy which reads it meanwhile gets either the old or the new one.
func replace(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".errorpages-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
