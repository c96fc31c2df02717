package templates

import (
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
)

// A pageKey says which errors a page is for.
type pageKey struct {
	status int    // a status, a class of them (3 to 5), or 0: all
	custom string // a name that is no status: the errors whose Error.WithTemplate names it; then status is 0
}

// A pageName is the parsed name of a page's file.
type pageName struct {
	pageKey
	language string // "" is any
}

// parsePageName reads the path of a page, such as "http_responses/404.de.html".
func parsePageName(p string) (pageName, error) {
	stem := strings.TrimSuffix(path.Base(p), path.Ext(p))
	var name pageName
	if i := strings.LastIndexByte(stem, '.'); i >= 0 {
		if tag, ok := negotiate.TagInName(stem[i+1:]); ok {
			stem, name.language = stem[:i], tag
		}
	}
	if stem == "default" {
		return name, nil
	}
	if len(stem) == 3 && strings.EqualFold(stem[1:], "xx") && '0' <= stem[0] && stem[0] <= '9' {
		if stem[0] < '3' || stem[0] > '5' {
			return name, errors.New("there are pages for 3xx, 4xx and 5xx only")
		}
		name.status = int(stem[0] - '0')
		return name, nil
	}
	if n, err := strconv.Atoi(stem); err == nil {
		if n < 300 || n > 599 || len(stem) != 3 {
			return name, errors.New("is no status from 300 to 599, it would never be shown")
		}
		name.status = n
		return name, nil
	}
	name.custom = stem
	return name, nil
}

// customKey returns the key for the template that an error names: "quota", "quota.html" and "http_responses/quota.html" are the same.
func customKey(name string) pageKey {
	name = strings.TrimPrefix(name, Dir+"/")
	if ext := path.Ext(name); isTemplate(ext) {
		name = strings.TrimSuffix(name, ext)
	}
	return pageKey{custom: name}
}

// statusesToCheck lists the statuses that a page is executed for at the start: those of its range that have a name, and one
// that has none, because a template may take a status for granted.
func (k pageKey) statusesToCheck() (statuses []int) {
	if k.status >= 300 {
		return []int{k.status}
	}
	for status := 300; status < 600; status++ {
		if k.status != 0 && status/100 != k.status {
			continue
		}
		if http.StatusText(status) != "" || status%100 == 99 {
			statuses = append(statuses, status)
		}
	}
	return statuses
}
