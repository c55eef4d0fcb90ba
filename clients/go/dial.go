// Package depthmesh turns photographs into 2.5D parallax videos by a depthmesh mesh.
//
// A Client wraps the generated stubs: it shows the key, sends files in chunks, goes on after broken
// connections, and turns statuses into errors with a reason. The stubs themselves are its fields,
// for calls that need no help.
package depthmesh

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

// serviceConfig says which calls gRPC repeats by itself; the clients of all languages share it.
//
//go:embed gen/service-config.json
var serviceConfig string

// Client calls one gateway. It is safe for use by several goroutines.
type Client struct {
	connection *grpc.ClientConn
	Jobs       pb.JobServiceClient
	Converts   pb.ConvertServiceClient
	Results    pb.ResultServiceClient
	Uploads    pb.UploadServiceClient
	Previews   pb.PreviewServiceClient
	Catalog    pb.CatalogServiceClient
	Webhooks   pb.WebhookServiceClient
}

// reconnecting is how soon a lost gateway is called again: gRPC alone would wait up to two minutes
// for one that is back already.
var reconnecting = backoff.Config{
	BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond,
}

type settings struct {
	key         string
	tls         *tls.Config
	dialOptions []grpc.DialOption
}

// Option is a setting of Dial and DialAdmin.
type Option func(*settings) error

// WithKey shows an API key, or a JWT, with every call.
func WithKey(key string) Option {
	return func(s *settings) error {
		s.key = strings.TrimSpace(key)
		return nil
	}
}

// WithKeyFile shows the API key that a file holds.
func WithKeyFile(path string) Option {
	return func(s *settings) error {
		key, err := os.ReadFile(path)
		s.key = strings.TrimSpace(string(key))
		return err
	}
}

// WithTLS calls by TLS. The server's certificate is checked against the authorities in caFile (PEM),
// or against those of the system if it is empty.
func WithTLS(caFile string) Option {
	return func(s *settings) error {
		config := s.tlsConfig()
		if caFile == "" {
			return nil
		}
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate in PEM", caFile)
		}
		return nil
	}
}

// WithClientCertificate shows a certificate, which may name the caller in place of a key.
func WithClientCertificate(certFile, keyFile string) Option {
	return func(s *settings) error {
		certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
		s.tlsConfig().Certificates = []tls.Certificate{certificate}
		return err
	}
}

// WithServerName expects this name in the server's certificate in place of the address's.
func WithServerName(name string) Option {
	return func(s *settings) error {
		s.tlsConfig().ServerName = name
		return nil
	}
}

// WithDialOptions passes options on to gRPC.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) error {
		s.dialOptions = append(s.dialOptions, options...)
		return nil
	}
}

func (s *settings) tlsConfig() *tls.Config {
	if s.tls == nil {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return s.tls
}

// Dial makes a client of the gateway at host:port. It does not connect before the first call.
// Without WithTLS it calls in plain text; a key is then refused unless the gateway is on this host.
func Dial(address string, options ...Option) (*Client, error) {
	connection, err := connect(address, options)
	if err != nil {
		return nil, err
	}
	return &Client{
		connection: connection,
		Jobs:       pb.NewJobServiceClient(connection),
		Converts:   pb.NewConvertServiceClient(connection),
		Results:    pb.NewResultServiceClient(connection),
		Uploads:    pb.NewUploadServiceClient(connection),
		Previews:   pb.NewPreviewServiceClient(connection),
		Catalog:    pb.NewCatalogServiceClient(connection),
		Webhooks:   pb.NewWebhookServiceClient(connection),
	}, nil
}

// Connection is the client's own, for generated stubs of other services.
func (c *Client) Connection() *grpc.ClientConn { return c.connection }

// Close ends all calls.
func (c *Client) Close() error { return c.connection.Close() }

// Admin calls the admin port of a gateway, for which the operator's role is needed.
type Admin struct {
	pb.AdminServiceClient
	connection *grpc.ClientConn
}

// DialAdmin makes a client of the admin port at host:port.
func DialAdmin(address string, options ...Option) (*Admin, error) {
	connection, err := connect(address, options)
	if err != nil {
		return nil, err
	}
	return &Admin{pb.NewAdminServiceClient(connection), connection}, nil
}

// Close ends all calls.
func (a *Admin) Close() error { return a.connection.Close() }

func connect(address string, options []Option) (*grpc.ClientConn, error) {
	var s settings
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, err
		}
	}
	transport := insecure.NewCredentials()
	if s.tls != nil {
		transport = credentials.NewTLS(s.tls)
	}
	dialOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: reconnecting, MinConnectTimeout: 5 * time.Second,
		}),
	}
	if s.key != "" {
		if s.tls == nil && !isLoopback(address) {
			return nil, errors.New("a key is shown by TLS only, or to this host: add WithTLS")
		}
		dialOptions = append(dialOptions, grpc.WithPerRPCCredentials(keyCredentials(s.key)))
	}
	return grpc.NewClient(address, append(dialOptions, s.dialOptions...)...)
}

func isLoopback(address string) bool {
	host := address[:max(0, strings.LastIndex(address, ":"))]
	return host == "localhost" || host == "[::1]" || strings.HasPrefix(host, "127.")
}

// keyCredentials shows a key. That it is not sent in plain text is checked by connect.
type keyCredentials string

func (k keyCredentials) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(k)}, nil
}

func (k keyCredentials) RequireTransportSecurity() bool { return false }
