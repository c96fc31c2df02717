package exceptional

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/technical"
)

// handlerNames remembers which function stands behind a route. Echo keeps it as the name of the route, to be found by a
// search through all of them.
type handlerNames struct {
	names sync.Map // routeKey → string
	size  atomic.Int32
}

type routeKey struct {
	router       *echo.Router
	method, path string
}

// maxHandlerNames bounds what is remembered; an application that makes up routes at run time would fill the memory.
const maxHandlerNames = 4096

// name returns the function behind c's route, and "" if no route matched.
func (h *handlerNames) name(c echo.Context) string {
	path := c.Path()
	if path == "" {
		return ""
	}
	key := routeKey{routerOf(c), c.Request().Method, path}
	if name, ok := h.names.Load(key); ok {
		return name.(string)
	}
	name, exact := "", false
	for _, r := range key.router.Routes() {
		if r.Path == path && (r.Method == key.method || r.Method == echo.RouteNotFound) {
			name = strings.TrimSuffix(r.Name, "-fm") // a method value
			if exact = r.Method == key.method; exact {
				break
			}
		}
	}
	if !exact && !usual(key.method) {
		return name // a method that no route has is the client's to choose, and may be as long as its headers
	}
	if h.size.Add(1) <= maxHandlerNames {
		h.names.Store(key, name)
	}
	return name
}

func usual(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// routerOf returns the router that Echo took for c's request: by the exact host, as Echo itself does.
func routerOf(c echo.Context) *echo.Router {
	if r, ok := c.Echo().Routers()[c.Request().Host]; ok {
		return r
	}
	return c.Echo().Router()
}

// maxCandidates bounds the routes that the technical page of a 404 lists.
const maxCandidates = 30

// Routes lists what could have been meant: routes that match the path with another method first, then those that look most
// like it.
func (s *request) Routes() []technical.Route {
	path := echo.GetPath(s.echo.Request())
	type ranked struct {
		technical.Route
		likeness int
	}
	var all []ranked
	for _, r := range routerOf(s.echo).Routes() {
		if r.Method == echo.RouteNotFound {
			continue
		}
		c := ranked{Route: technical.Route{Method: r.Method, Path: r.Path, Handler: strings.TrimSuffix(r.Name, "-fm")}}
		if matches(r.Path, path) {
			c.likeness, c.Why = 1000, "other method"
		} else {
			c.likeness = likeness(r.Path, path)
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		if a.likeness != b.likeness {
			return b.likeness - a.likeness
		}
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return strings.Compare(a.Method, b.Method)
	})
	routes := make([]technical.Route, 0, min(len(all), maxCandidates))
	for _, c := range all[:min(len(all), maxCandidates)] {
		if c.Why == "" && c.likeness > 0 {
			c.Why = "similar path"
		}
		routes = append(routes, c.Route)
	}
	return routes
}

// matches reports whether a path fits a route's pattern.
func matches(pattern, path string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			return true
		case ':':
			end := strings.IndexByte(path, '/')
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return false
			}
			path = path[end:]
			if i := strings.IndexByte(pattern, '/'); i >= 0 {
				pattern = pattern[i:]
			} else {
				pattern = ""
			}
		default:
			if path == "" || path[0] != pattern[0] {
				return false
			}
			path, pattern = path[1:], pattern[1:]
		}
	}
	return path == ""
}

// likeness counts the segments that a pattern and a path share, those at the front most.
func likeness(pattern, path string) int {
	a, b := strings.Split(strings.Trim(pattern, "/"), "/"), strings.Split(strings.Trim(path, "/"), "/")
	n := 0
	for i := range min(len(a), len(b), 16) {
		switch {
		case strings.EqualFold(a[i], b[i]) && a[i] != "":
			n += 4
		case strings.HasPrefix(a[i], ":"):
			n++
		case len(a[i]) > 3 && len(b[i]) > 3 && strings.EqualFold(a[i][:3], b[i][:3]):
			n += 2
		default:
			return n
		}
	}
	return n
}

// allowed returns the methods that routes have for the path of a request that Echo answered with 404 because a group with
// middleware catches everything below it: a hidden RouteNotFound route matched before the 405 could be found
// (labstack/echo#1981). It returns nil for any other 404, also for one of a RouteNotFound route of the application's own.
func allowed(c echo.Context) []string {
	pattern := c.Path()
	if pattern == "" {
		return nil
	}
	req, router := c.Request(), routerOf(c)
	routes := router.Routes()
	if !slices.ContainsFunc(routes, func(r *echo.Route) bool {
		return r.Method == echo.RouteNotFound && r.Path == pattern && (r.Name == notFoundName || r.Name == functionName(echo.NotFoundHandler))
	}) {
		return nil
	}
	// Which route a path has for a method depends on all others. The router knows.
	probe := c.Echo().NewContext(req, nil)
	has := func(method string) bool {
		probe.Reset(req, nil)
		router.Find(method, echo.GetPath(req), probe)
		return slices.ContainsFunc(routes, func(r *echo.Route) bool { return r.Method == method && r.Path == probe.Path() })
	}
	if has(req.Method) {
		return nil // a handler that says 404 itself
	}
	var methods []string
	for _, r := range routes {
		if r.Method != echo.RouteNotFound && !slices.Contains(methods, r.Method) {
			methods = append(methods, r.Method)
		}
	}
	methods = slices.DeleteFunc(methods, func(method string) bool { return !has(method) })
	if len(methods) == 0 {
		return nil
	}
	if req.Method != http.MethodOptions { // which Echo answers itself, but not in such a group
		methods = append(methods, http.MethodOptions)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// notFoundName is the name of the routes that a group with middleware has below it. The application may have set Echo's
// variable since.
var notFoundName = functionName(echo.NotFoundHandler)

// functionName is the name that Echo gives to a handler's route.
func functionName(h echo.HandlerFunc) string { return runtime.FuncForPC(pointer(h)).Name() }
