package exceptional

import (
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/technical"
)

// handlerName returns the name of the function behind c's route, and "" if no route matched.
func handlerName(c echo.Context) (name string) {
	path := c.Path()
	if path == "" {
		return ""
	}
	for _, r := range routerOf(c).Routes() {
		if r.Path == path && (r.Method == c.Request().Method || r.Method == echo.RouteNotFound) {
			name = functionOf(r)
			if r.Method != echo.RouteNotFound {
				break
			}
		}
	}
	return name
}

// functionOf returns the function's name that Echo keeps as the name of a route, without the suffix of a method value.
func functionOf(r *echo.Route) string { return strings.TrimSuffix(r.Name, "-fm") }

// routerOf returns the router that Echo took for c's request: by the exact host, as Echo itself does.
func routerOf(c echo.Context) *echo.Router {
	if r, ok := c.Echo().Routers()[c.Request().Host]; ok {
		return r
	}
	return c.Echo().Router()
}

// maxCandidates bounds the routes that the technical page of a 404 lists.
const maxCandidates = 30

// similarRoutes returns the routes that could have been meant: first those that match the path for another method, then those
// whose paths look most like it.
func similarRoutes(c echo.Context) []technical.Route {
	path := echo.GetPath(c.Request())
	type ranked struct {
		technical.Route
		likeness int
	}
	var all []ranked
	for _, r := range routerOf(c).Routes() {
		if r.Method == echo.RouteNotFound {
			continue
		}
		route := ranked{Route: technical.Route{Method: r.Method, Path: r.Path, Handler: functionOf(r)}}
		if matches(r.Path, path) {
			route.likeness, route.Why = 1000, "other method"
		} else {
			route.likeness = likeness(r.Path, path)
		}
		all = append(all, route)
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
	for _, route := range all[:min(len(all), maxCandidates)] {
		if route.Why == "" && route.likeness > 0 {
			route.Why = "similar path"
		}
		routes = append(routes, route.Route)
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

// allowedMethods returns the methods that routes have for the path of a request that Echo answered with 404 because a group with
// middleware catches everything below it: a hidden RouteNotFound route matched before the 405 could be found
// (labstack/echo#1981). It returns nil for any other 404, also for one of a RouteNotFound route of the application's own.
func allowedMethods(c echo.Context) []string {
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
		return nil // the handler said 404 itself
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
func functionName(h echo.HandlerFunc) string {
	return runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
}
