package exceptional

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// echoDocument is the body that Echo's default handler would send for err: a string, or an error, wrapped in {"message": …},
// anything else as it is; with ?pretty and e.Debug as Echo knows them. Where Echo sends nothing, because the message cannot
// be encoded, it is the text of the status, and failure says why.
func echoDocument(c echo.Context, err error, e *httperrors.Error, origin httperrors.Origin) (body []byte, failure error) {
	body, failure = serialize(c, echoBody(c, err, e, origin))
	if failure == nil {
		return body, nil
	}
	text := phrase(e.StatusCode())
	body, again := serialize(c, message(c, err, text))
	if again != nil {
		body, _ = json.Marshal(echo.Map{"message": text})
		body = append(body, '\n')
	}
	return body, failure
}

// phrase is Go's, which Echo's clients know, where Go has one.
func phrase(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return httperrors.Phrase(status)
}

// echoBody is Echo.DefaultHTTPErrorHandler's switch, for the error that decided the status.
func echoBody(c echo.Context, err error, e *httperrors.Error, origin httperrors.Origin) any {
	if origin == httperrors.OriginFramework {
		d := deciding(err, e.StatusCode())
		switch {
		case d.binding != nil && d.binding.Code < 500:
			return d.binding // {"field": …, "message": …}; Echo v4 meant to, and answers 500 instead (labstack/echo#2771)
		case d.echos:
			switch m := d.err.Message.(type) {
			case string:
				return message(c, err, m)
			case json.Marshaler:
				return m
			case error:
				return echo.Map{"message": errtree.Text(m)}
			default:
				return m
			}
		case d.err != nil && d.err.Code < 500:
			// Echo says 500 of it, and nothing else, so only what is public anyway is published.
			switch m := d.err.Message.(type) {
			case string, error:
			default:
				return m
			}
		}
	}
	text := e.PublicMessage()
	if text == "" {
		text = phrase(e.StatusCode())
	}
	return message(c, err, text)
}

func message(c echo.Context, err error, text string) any {
	if c.Echo().Debug {
		return echo.Map{"message": text, "error": errtree.Text(err)}
	}
	return echo.Map{"message": text}
}

// decision is which of Echo's errors a status comes from.
type decision struct {
	err     *echo.HTTPError
	binding *echo.BindingError // in which err stands
	echos   bool               // Echo's handler, too, would choose err
}

// deciding returns the first of Echo's errors in err's tree for which Echo's handler, had it been given that one, would say
// this status: an HTTPError directly within an HTTPError goes before it, but Echo looks no deeper. What is below an error that
// speaks HTTP is its cause, and nothing for clients.
func deciding(err error, status int) (d decision) {
	var covered [errtree.MaxNodes]bool
	index, top := -1, 0
	errtree.Walk(err, func(n errtree.Node) bool {
		index++
		if covered[index] = n.Parent >= 0 && covered[n.Parent] || speaksHTTP(n.Err); covered[index] || errtree.IsNil(n.Err) {
			return true
		}
		if _, ok := n.Err.(*stack.Panic); ok && index == top {
			top++ // Echo's Recover hands on the value alone
		}
		he, _ := n.Err.(*echo.HTTPError)
		binding, _ := n.Err.(*echo.BindingError)
		if binding != nil {
			he = binding.HTTPError
		}
		if he == nil {
			return true
		}
		if inner, ok := he.Internal.(*echo.HTTPError); ok && inner != nil {
			he, binding = inner, nil
		}
		if he.Code != status {
			return true
		}
		_, is := n.Err.(*echo.HTTPError)
		d = decision{he, binding, is && index == top}
		return false
	})
	return d
}

// speaksHTTP reports whether err, looked at alone, is one of ours or could be.
func speaksHTTP(err error) bool {
	_, ok := err.(interface {
		StatusCode() int
		PublicMessage() string
	})
	return ok
}

// serialize lets the application's own JSONSerializer write into a buffer. A Serializer writes to c.Response(), so that one
// is exchanged for the moment: it must not reach the response before the whole body exists.
func serialize(c echo.Context, body any) (out []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, stack.Recovered(v)
		}
	}()
	indent := ""
	if _, pretty := c.QueryParams()["pretty"]; c.Echo().Debug || pretty {
		indent = "  "
	}
	buffer := bufferWriter{header: http.Header{}}
	real := c.Response()
	c.SetResponse(echo.NewResponse(&buffer, c.Echo()))
	defer c.SetResponse(real)
	if err := c.Echo().JSONSerializer.Serialize(c, body, indent); err != nil {
		return nil, err
	}
	if buffer.Len() == 0 {
		return nil, errors.New("the JSONSerializer wrote nothing")
	}
	return buffer.Bytes(), nil
}

type bufferWriter struct {
	bytes.Buffer
	header http.Header
}

func (w *bufferWriter) Header() http.Header { return w.header }
func (w *bufferWriter) WriteHeader(int)     {}
