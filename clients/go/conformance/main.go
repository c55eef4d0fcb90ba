// Command conformance makes the calls that the conformance harness asks for, by this client. It reads
// a JSON object a line and writes one a line; tests/conformance/README.md describes both.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"depthmesh.io/client"
)

type connection struct {
	Address         string `json:"address"`
	Key             string `json:"key"`
	CAFile          string `json:"caFile"`
	CertificateFile string `json:"certificateFile"`
	PrivateKeyFile  string `json:"privateKeyFile"`
}

type line struct {
	ID        int             `json:"id"`
	Do        string          `json:"do"`
	To        connection      `json:"to"`
	With      json.RawMessage `json:"with"`
	TimeoutMs int64           `json:"timeoutMs"`
	Paced     bool            `json:"paced"`
	Cancel    int             `json:"cancel"`
	Next      int             `json:"next"`
	Run       int             `json:"run"`
}

// running is a call: how to end it, and how many items it may still take.
type running struct {
	cancel  context.CancelFunc
	mutex   sync.Mutex
	permits int
	free    bool
	wake    chan struct{}
}

func (r *running) permit(change func()) {
	r.mutex.Lock()
	change()
	r.mutex.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// pace waits until the call may take an item, or has ended.
func (r *running) pace(ctx context.Context) {
	for ctx.Err() == nil {
		r.mutex.Lock()
		may := r.free || r.permits > 0
		if may && !r.free {
			r.permits--
		}
		r.mutex.Unlock()
		if may {
			return
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		}
	}
}

type runner struct {
	mutex   sync.Mutex
	clients map[connection]*depthmesh.Client
	calls   map[int]*running
}

func main() {
	r := &runner{clients: map[connection]*depthmesh.Client{}, calls: map[int]*running{}}
	r.write(map[string]any{"ready": "go"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16*1024*1024)
	for lines.Scan() {
		var asked line
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "unreadable line:", err)
			os.Exit(1)
		}
		r.take(asked)
	}
}

func (r *runner) take(asked line) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	other := r.calls[asked.Cancel+asked.Next+asked.Run]
	switch {
	case asked.Do != "":
		ctx, cancel := context.WithCancel(context.Background())
		call := &running{cancel: cancel, free: !asked.Paced, wake: make(chan struct{}, 1)}
		r.calls[asked.ID] = call
		go r.run(ctx, call, asked)
	case other == nil:
	case asked.Cancel != 0:
		other.cancel()
	case asked.Next != 0:
		other.permit(func() { other.permits++ })
	default:
		other.permit(func() { other.free = true })
	}
}

func (r *runner) run(ctx context.Context, call *running, asked line) {
	defer func() {
		call.cancel()
		r.mutex.Lock()
		delete(r.calls, asked.ID)
		r.mutex.Unlock()
	}()
	if asked.TimeoutMs > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(asked.TimeoutMs)*time.Millisecond)
		defer cancel()
	}
	client, err := r.clientFor(asked.To)
	if err == nil {
		var result any
		result, err = perform(&operation{
			ctx:    ctx,
			client: client,
			name:   asked.Do,
			with:   asked.With,
			pace:   func() { call.pace(ctx) },
			yield:  func(item any) { r.write(map[string]any{"id": asked.ID, "item": item}) },
		})
		if err == nil {
			r.write(map[string]any{"id": asked.ID, "result": result})
			return
		}
	}
	r.write(map[string]any{"id": asked.ID, "error": errorOf(err)})
}

// errorOf is what the client's error says.
func errorOf(err error) map[string]any {
	var known *depthmesh.Error
	if !errors.As(depthmesh.FromCall(err), &known) {
		return map[string]any{"reason": "", "code": "UNKNOWN", "message": err.Error()}
	}
	violations := []map[string]string{}
	for _, violation := range known.Violations {
		violations = append(violations, map[string]string{
			"field": violation.Field, "description": violation.Description,
		})
	}
	result := map[string]any{
		"reason": known.Reason, "code": codeName(known), "message": known.Message,
		"metadata": known.Metadata, "violations": violations,
	}
	if known.RetryDelay > 0 {
		result["retryDelayMs"] = known.RetryDelay.Milliseconds()
	}
	return result
}

// codeName is gRPC's own name: Go calls CANCELLED Canceled, and NOT_FOUND NotFound.
func codeName(err *depthmesh.Error) string {
	if name := err.Code.String(); name != "Canceled" {
		var words strings.Builder
		for i, letter := range name {
			if i > 0 && letter >= 'A' && letter <= 'Z' {
				words.WriteByte('_')
			}
			words.WriteRune(letter)
		}
		return strings.ToUpper(words.String())
	}
	return "CANCELLED"
}

func (r *runner) clientFor(to connection) (*depthmesh.Client, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if known := r.clients[to]; known != nil {
		return known, nil
	}
	var options []depthmesh.Option
	if to.CAFile != "" {
		options = append(options, depthmesh.WithTLS(to.CAFile))
	}
	if to.CertificateFile != "" {
		options = append(options, depthmesh.WithClientCertificate(to.CertificateFile, to.PrivateKeyFile))
	}
	if to.Key != "" {
		options = append(options, depthmesh.WithKey(to.Key))
	}
	client, err := depthmesh.Dial(to.Address, options...)
	r.clients[to] = client
	return client, err
}

var output sync.Mutex

func (r *runner) write(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	output.Lock()
	defer output.Unlock()
	os.Stdout.Write(append(text, '\n'))
}
