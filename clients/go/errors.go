package depthmesh

import (
	"context"
	"errors"
	"fmt"
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
	// Reason is empty if the error comes from gRPC and not from the mesh, such as a deadline that
	// has passed by this process's clock.
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
	if e.Reason == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
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
	return result
}

// isConnectionLost tells whether a stream may go on in another call: its server has gone, or asks
// for another try.
func isConnectionLost(err error) bool {
	var known *Error
	return errors.As(FromCall(err), &known) && known.Code == codes.Unavailable
}
