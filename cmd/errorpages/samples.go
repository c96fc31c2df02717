package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

//go:embed samples
var sampleFiles embed.FS

// A sampleData is the data of the samples. None of it needs quoting within double quotes.
type sampleData struct {
	Dir      string // absolute
	Default  string
	Prefixes []prefix
	Nginx    string // the statuses that nginx takes in error_page
	Gateway  []int  // those that say that the application cannot be reached
	NotFound bool   // there is a page for 404
	CSP      string // "" if the pages have several policies, or are the application's own and have none
}

// samples writes the configurations.
func (x *export) samples() error {
	dir, err := filepath.Abs(x.dir)
	if err != nil {
		return err
	}
	dir = filepath.ToSlash(dir)
	if strings.ContainsAny(dir, "\"'`\\${}\r\n\t") {
		// nginx, Caddy and Traefik each quote in another way, and nginx cannot quote the dollar.
		return fmt.Errorf("-o: the name %q cannot stand in the configurations", dir)
	}
	data := sampleData{Dir: dir, Default: x.languages.tags[0], Prefixes: x.languages.prefixes}
	if len(x.policies) == 1 { // a proxy sets one policy for all pages
		data.CSP = x.policies[0]
	}
	var nginx []string
	for _, status := range x.statuses {
		if status != 499 { // nginx uses it internally
			nginx = append(nginx, strconv.Itoa(status))
		}
		data.NotFound = data.NotFound || status == 404
		if 502 <= status && status <= 504 {
			data.Gateway = append(data.Gateway, status)
		}
	}
	data.Nginx = strings.Join(nginx, " ")
	t, err := template.ParseFS(sampleFiles, "samples/*")
	if err != nil {
		return err
	}
	var faults []error
	for _, t := range t.Templates() {
		if t.Name() == "traefik.yml" && len(data.Gateway) == 0 {
			continue // its list of statuses would be empty
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, replace(filepath.Join(x.dir, t.Name()), b.Bytes()))
	}
	return errors.Join(faults...)
}
