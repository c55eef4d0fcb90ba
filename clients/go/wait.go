package depthmesh

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstWait   = 200 * time.Millisecond
	longestWait = 10 * time.Second
	// How often a stream that broke is begun again without having got anything.
	resumeTries = 30
)

// pauses makes the waits between tries: what the server asks for, or twice as long each time, with
// jitter, so that callers who lost one server do not come back together.
type pauses struct{ tries int }

func (p *pauses) reset() { p.tries = 0 }

// wait returns cause when the tries are used up, and the context's error when that ends.
func (p *pauses) wait(ctx context.Context, cause error) error {
	if p.tries >= resumeTries {
		return cause
	}
	delay := min(longestWait, firstWait<<min(p.tries, 10))
	p.tries++
	var known *Error
	if errors.As(FromCall(cause), &known) && known.RetryDelay > 0 {
		delay = known.RetryDelay
	}
	timer := time.NewTimer(delay/2 + rand.N(delay))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
