package depthmesh

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

// Convert sends the files and gives everything about the conversion as it comes: the job, progress,
// the depth thumbnail, fragments of the video, and the finished job. Leaving the loop, or ending the
// context, cancels the job.
func (c *Client) Convert(
	ctx context.Context, spec *pb.JobSpec, files Files, options JobOptions,
) iter.Seq2[*pb.ConvertResponse, error] {
	return func(yield func(*pb.ConvertResponse, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		call, err := c.Converts.Convert(ctx)
		if err != nil {
			yield(nil, FromCall(err))
			return
		}
		go func() {
			err := sendJob(header(spec, files, options), files, func(request *pb.CreateJobRequest) error {
				return call.Send(asConvertRequest(request))
			})
			// The server may refuse before it has everything: then the answer says why.
			if err != nil && !errors.Is(err, io.EOF) {
				cancel(err)
				return
			}
			_ = call.CloseSend()
		}()
		for {
			response, err := call.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				// A file that could not be read has ended the call.
				if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
					err = cause
				}
				yield(nil, FromCall(err))
				return
			}
			if !yield(response, nil) {
				return
			}
		}
	}
}

func asConvertRequest(request *pb.CreateJobRequest) *pb.ConvertRequest {
	switch kind := request.GetKind().(type) {
	case *pb.CreateJobRequest_Header:
		return &pb.ConvertRequest{Kind: &pb.ConvertRequest_Header{Header: kind.Header}}
	case *pb.CreateJobRequest_DepthChunk:
		return &pb.ConvertRequest{Kind: &pb.ConvertRequest_DepthChunk{DepthChunk: kind.DepthChunk}}
	case *pb.CreateJobRequest_SoundChunk:
		return &pb.ConvertRequest{Kind: &pb.ConvertRequest_SoundChunk{SoundChunk: kind.SoundChunk}}
	default:
		return &pb.ConvertRequest{Kind: &pb.ConvertRequest_Chunk{Chunk: request.GetChunk()}}
	}
}

// Video is where Convert's fragments go. A file is one.
type Video interface {
	io.Writer
	io.Seeker
	Truncate(size int64) error
}

// ConvertFile makes a video of a photo in one call and writes it while it is made. onProgress may be
// nil.
func (c *Client) ConvertFile(
	ctx context.Context, spec *pb.JobSpec, photo io.Reader, video Video,
	onProgress func(*pb.JobProgress),
) (*pb.Job, error) {
	var job *pb.Job
	for response, err := range c.Convert(ctx, spec, Files{Photo: photo}, JobOptions{}) {
		if err != nil {
			return nil, err
		}
		switch kind := response.GetKind().(type) {
		case *pb.ConvertResponse_Progress:
			if onProgress != nil {
				onProgress(kind.Progress)
			}
		case *pb.ConvertResponse_StreamStart:
			// Of the first attempt, or of another one, whose bytes must not be joined to these.
			if _, err := video.Seek(0, io.SeekStart); err != nil {
				return nil, err
			}
			if err := video.Truncate(0); err != nil {
				return nil, err
			}
		case *pb.ConvertResponse_Chunk:
			if _, err := video.Write(kind.Chunk); err != nil {
				return nil, err
			}
		case *pb.ConvertResponse_Summary:
			job = kind.Summary
		}
	}
	if job == nil {
		return nil, FromCall(status.Error(codes.Unavailable, "the call ended without a summary"))
	}
	return job, nil
}

// JobError gives the error of a job that failed, expired or was cancelled; nil for any other.
func JobError(job *pb.Job) error {
	if job.GetError() != nil {
		return fromStatus(status.FromProto(job.GetError()))
	}
	if job.GetState() == pb.JobState_JOB_STATE_CANCELLED {
		cancelled := status.New(codes.Canceled, "the job was cancelled")
		return &Error{
			Code: codes.Canceled, Reason: "JOB_CANCELLED", Message: cancelled.Message(), status: cancelled,
		}
	}
	return nil
}
