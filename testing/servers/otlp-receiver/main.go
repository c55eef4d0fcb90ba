// A receiver of OTLP over gRPC, made of OpenTelemetry's own protocol module, for tests: it decodes
// each request with the official messages and prints it as one line of JSON. It refuses what it
// cannot decode, as every gRPC server does.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var lines sync.Mutex

// show prints `{"signal": …, "token": …, "request": …}`.
func show(ctx context.Context, signal string, request proto.Message) {
	lines.Lock()
	defer lines.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	token := ""
	if values := md.Get("x-test-token"); len(values) > 0 {
		token = values[0]
	}
	text, err := protojson.Marshal(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Printf("{\"signal\":%q,\"token\":%q,\"request\":%s}\n", signal, token, text)
}

type metricsServer struct{ colmetrics.UnimplementedMetricsServiceServer }

func (metricsServer) Export(ctx context.Context, request *colmetrics.ExportMetricsServiceRequest) (*colmetrics.ExportMetricsServiceResponse, error) {
	show(ctx, "metrics", request)
	return &colmetrics.ExportMetricsServiceResponse{}, nil
}

type traceServer struct{ coltrace.UnimplementedTraceServiceServer }

func (traceServer) Export(ctx context.Context, request *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	show(ctx, "traces", request)
	return &coltrace.ExportTraceServiceResponse{}, nil
}

type logsServer struct{ collogs.UnimplementedLogsServiceServer }

func (logsServer) Export(ctx context.Context, request *collogs.ExportLogsServiceRequest) (*collogs.ExportLogsServiceResponse, error) {
	show(ctx, "logs", request)
	return &collogs.ExportLogsServiceResponse{}, nil
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := grpc.NewServer()
	colmetrics.RegisterMetricsServiceServer(server, metricsServer{})
	coltrace.RegisterTraceServiceServer(server, traceServer{})
	collogs.RegisterLogsServiceServer(server, logsServer{})
	fmt.Printf("{\"listening\":%q}\n", listener.Addr().String())
	if err := server.Serve(listener); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
