package depthmesh

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

// Bytes are those of an artifact, received as they are read. Close ends the call.
type Bytes struct {
	// Artifact is nil for fragments that are followed: their size is not known yet.
	Artifact *pb.Artifact
	// Attempt names the attempt of the encode; empty for a finished file. Bytes of different
	// attempts must never be joined.
	Attempt string

	call   grpc.ServerStreamingClient[pb.ReadArtifactResponse]
	cancel context.CancelFunc
	rest   []byte
}

// ReadArtifact reads a file that a job has made: `jobs/{job}/artifacts/{artifact}`. It begins at
// offset, in bytes, and ends after limit bytes; 0 means all.
func (c *Client) ReadArtifact(ctx context.Context, name string, offset, limit int64) (*Bytes, error) {
	return c.read(ctx, &pb.ReadArtifactRequest{Name: name, Offset: offset, Limit: limit})
}

// FollowFragments reads the first MP4 output of a job while it is encoded. An offset above 0 needs
// the attempt that the earlier bytes came from. A read fails with STREAM_RESTARTED when another
// attempt begins: throw the bytes away, and read again from the start.
func (c *Client) FollowFragments(
	ctx context.Context, job string, offset int64, attempt string,
) (*Bytes, error) {
	return c.read(ctx, &pb.ReadArtifactRequest{
		Name: job + "/artifacts/fragments.mp4", Offset: offset, Follow: true, Attempt: attempt,
	})
}

// LivePart is a piece of a video that is followed. Where Attempt is set, bytes of another attempt of
// the encode follow, and those before, if any, are void: empty the file or the player's buffer.
type LivePart struct {
	Attempt string
	Bytes   []byte
}

// FollowLive gives the first MP4 output of a job while it is encoded, to its end. A connection that
// breaks goes on at the byte where it broke.
func (c *Client) FollowLive(ctx context.Context, job string) iter.Seq2[LivePart, error] {
	return func(yield func(LivePart, error) bool) {
		attempt, offset := "", int64(0)
		var pause pauses
		follow := func() error {
			bytes, err := c.FollowFragments(ctx, job, offset, attempt)
			if err != nil {
				return err
			}
			defer bytes.Close()
			if bytes.Attempt != attempt {
				attempt, offset = bytes.Attempt, 0
				if !yield(LivePart{Attempt: attempt}, nil) {
					return errStopped
				}
			}
			for {
				chunk, err := bytes.next()
				if err != nil {
					return err
				}
				pause.reset()
				offset += int64(len(chunk))
				if !yield(LivePart{Bytes: chunk}, nil) {
					return errStopped
				}
			}
		}
		for {
			err := follow()
			switch {
			case errors.Is(err, io.EOF), errors.Is(err, errStopped):
				return
			case ReasonOf(err) == "STREAM_RESTARTED":
				attempt, offset = "", 0
				continue
			case isConnectionLost(err):
				if err = pause.wait(ctx, err); err == nil {
					continue
				}
			}
			yield(LivePart{}, FromCall(err))
			return
		}
	}
}

func (c *Client) read(ctx context.Context, request *pb.ReadArtifactRequest) (*Bytes, error) {
	ctx, cancel := context.WithCancel(ctx)
	call, err := c.Results.ReadArtifact(ctx, request)
	if err != nil {
		cancel()
		return nil, FromCall(err)
	}
	first, err := call.Recv()
	if err != nil {
		cancel()
		return nil, FromCall(err)
	}
	return &Bytes{
		Artifact: first.GetArtifact(), Attempt: first.GetFollowed().GetAttempt(),
		call: call, cancel: cancel,
	}, nil
}

func (b *Bytes) Read(into []byte) (int, error) {
	for len(b.rest) == 0 {
		chunk, err := b.next()
		if err != nil {
			return 0, err
		}
		b.rest = chunk
	}
	n := copy(into, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// next gives the bytes of one message.
func (b *Bytes) next() ([]byte, error) {
	message, err := b.call.Recv()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	return message.GetChunk(), FromCall(err)
}

// Close ends the call; what was not read is not sent.
func (b *Bytes) Close() error {
	b.cancel()
	return nil
}
