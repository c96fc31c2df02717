module github.com/exceptional-go/exceptional/tests/stacks

go 1.26.0

require (
	github.com/cockroachdb/errors v1.14.0
	github.com/exceptional-go/exceptional v0.0.0
	github.com/go-errors/errors v1.5.1
	github.com/joomcode/errorx v1.2.0
	github.com/juju/errors v1.0.0
	github.com/pingcap/errors v0.11.4
	github.com/pkg/errors v0.9.1
	github.com/rotisserie/eris v0.5.4
	github.com/samber/oops v1.23.2
	github.com/ztrue/tracerr v0.4.0
	gitlab.com/tozd/go/errors v0.10.0
	go.uber.org/multierr v1.11.0
	golang.org/x/xerrors v0.0.0-20240903120638-7835f813f4da
)

require (
	github.com/cockroachdb/logtags v0.0.0-20230118201751-21c54148d20b // indirect
	github.com/cockroachdb/redact v1.1.5 // indirect
	github.com/getsentry/sentry-go v0.46.0 // indirect
	github.com/gogo/protobuf v1.3.2 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	github.com/kr/text v0.2.0 // indirect
	github.com/oklog/ulid/v2 v2.1.2 // indirect
	github.com/rogpeppe/go-internal v1.9.0 // indirect
	github.com/samber/lo v1.53.0 // indirect
	go.opentelemetry.io/otel v1.29.0 // indirect
	go.opentelemetry.io/otel/trace v1.29.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.48.0 // indirect
	golang.org/x/text v0.40.0 // indirect
)

replace github.com/exceptional-go/exceptional => ../..
