package depthmesh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Violation is a field of a request that is wrong.
type Violation struct {
	// Path of the field, such as clip.fps.
	Field       string
	Reason      string
	Description string
}

// Error is the error of a call. docs/errors.md lists the reasons.
type Error struct {
	Code codes.Code
	// Reason says what is wrong. What no server has said has a reason of this client:
	// JOB_DEADLINE_EXCEEDED, JOB_CANCELLED, SERVICE_UNAVAILABLE or INTERNAL.
	Reason  string
	Message string
	// Metadata has limits and actual values; the keys name the units.
	Metadata map[string]string
	// Violations are all wrong fields of the request.
	Violations []Violation
	// RetryDelay is the time after which the same call may succeed; 0 if there is none.
	RetryDelay time.Duration

	status *status.Status
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s", e.Reason, e.Message)
}

// GRPCStatus makes status.FromError and status.Code work on it.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is makes errors.Is find the context's errors, as of any call in Go.
func (e *Error) Is(target error) bool {
	return target == context.Canceled && e.Code == codes.Canceled ||
		target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded
}

// ReasonOf gives the reason of an error of a call; empty for any other error.
func ReasonOf(err error) string {
	var known *Error
	if errors.As(FromCall(err), &known) {
		return known.Reason
	}
	return ""
}

// FromCall turns the error of a stub into an *Error; other errors stay as they are. The methods of
// Client have done so already.
func FromCall(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fromStatus(status.FromContextError(err))
	}
	found, isStatus := status.FromError(err)
	if !isStatus {
		return err
	}
	return fromStatus(found)
}

func fromStatus(found *status.Status) *Error {
	result := &Error{Code: found.Code(), Message: found.Message(), status: found}
	for _, detail := range found.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			result.Reason = detail.GetReason()
			result.Metadata = detail.GetMetadata()
		case *errdetails.RetryInfo:
			result.RetryDelay = detail.GetRetryDelay().AsDuration()
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				result.Violations = append(result.Violations, Violation{
					Field:       violation.GetField(),
					Reason:      violation.GetReason(),
					Description: violation.GetDescription(),
				})
			}
		}
	}
	if result.Reason == "" {
		result.giveReason()
	}
	return result
}

// giveReason names what gRPC itself has ended.
func (e *Error) giveReason() {
	switch e.Code {
	case codes.DeadlineExceeded:
		e.Reason = "JOB_DEADLINE_EXCEEDED"
	case codes.Canceled:
		e.Reason = "JOB_CANCELLED"
	case codes.Unavailable:
		e.Reason = "SERVICE_UNAVAILABLE"
	default:
		// A server that dies in mid-call can leave an HTTP/2 error behind.
		if strings.Contains(e.Message, "RST_STREAM") {
			e.Code, e.Reason = codes.Unavailable, "SERVICE_UNAVAILABLE"
			return
		}
		e.Code, e.Reason = codes.Internal, "INTERNAL"
	}
}

// isConnectionLost tells whether a stream may go on in another call: its server has gone, stops in
// order, or has lost NATS.
func isConnectionLost(err error) bool {
	switch ReasonOf(err) {
	case "SERVICE_UNAVAILABLE", "DRAINING", "BUS_UNAVAILABLE":
		return true
	}
	return false
}
