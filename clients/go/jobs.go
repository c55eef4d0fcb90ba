package depthmesh

import (
	"context"
	"errors"
	"io"
	"iter"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

// JobOptions are what a new job may have besides its spec and files.
type JobOptions struct {
	// RequestID makes a repeated call return the same job; at most 128 printable ASCII characters.
	RequestID string
	// ValidateOnly checks everything and makes no job.
	ValidateOnly bool
	Labels       map[string]string
	// Webhooks are told when the job ends: `webhooks/{webhook}`.
	Webhooks []string
}

func header(spec *pb.JobSpec, files Files, options JobOptions) *pb.CreateJobHeader {
	header := &pb.CreateJobHeader{
		Spec:         spec,
		RequestId:    options.RequestID,
		ValidateOnly: options.ValidateOnly,
		Labels:       options.Labels,
		Webhooks:     options.Webhooks,
	}
	if files.Sound != nil {
		hasSound := true
		header.HasSound = &hasSound
	}
	for _, upload := range []struct {
		name  string
		field **string
	}{
		{files.PhotoUpload, &header.PhotoUpload},
		{files.DepthMapUpload, &header.DepthMapUpload},
		{files.SoundUpload, &header.SoundUpload},
	} {
		if upload.name != "" {
			*upload.field = &upload.name
		}
	}
	return header
}

// CreateJob sends the files and makes a job of them.
func (c *Client) CreateJob(
	ctx context.Context, spec *pb.JobSpec, files Files, options JobOptions,
) (*pb.Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	call, err := c.Jobs.CreateJob(ctx)
	if err != nil {
		return nil, FromCall(err)
	}
	err = sendJob(header(spec, files, options), files, func(kind *pb.CreateJobRequest) error {
		return call.Send(kind)
	})
	// The server may refuse before it has everything: then the answer says why.
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, FromCall(err)
	}
	job, err := call.CloseAndRecv()
	return job, FromCall(err)
}

func sendJob(
	header *pb.CreateJobHeader, files Files, send func(*pb.CreateJobRequest) error,
) error {
	if err := send(&pb.CreateJobRequest{Kind: &pb.CreateJobRequest_Header{Header: header}}); err != nil {
		return err
	}
	if err := eachChunk(files.Photo, func(chunk []byte) error {
		return send(&pb.CreateJobRequest{Kind: &pb.CreateJobRequest_Chunk{Chunk: chunk}})
	}); err != nil {
		return err
	}
	if err := eachChunk(files.DepthMap, func(chunk []byte) error {
		return send(&pb.CreateJobRequest{Kind: &pb.CreateJobRequest_DepthChunk{DepthChunk: chunk}})
	}); err != nil {
		return err
	}
	return eachChunk(files.Sound, func(chunk []byte) error {
		return send(&pb.CreateJobRequest{Kind: &pb.CreateJobRequest_SoundChunk{SoundChunk: chunk}})
	})
}

// GetJob gives the job as it is now.
func (c *Client) GetJob(ctx context.Context, name string) (*pb.Job, error) {
	job, err := c.Jobs.GetJob(ctx, &pb.GetJobRequest{Name: name})
	return job, FromCall(err)
}

// CancelJob cancels a job that has not ended.
func (c *Client) CancelJob(ctx context.Context, name string) (*pb.Job, error) {
	job, err := c.Jobs.CancelJob(ctx, &pb.CancelJobRequest{Name: name})
	return job, FromCall(err)
}

// DeleteJob deletes a job that has ended, with its files.
func (c *Client) DeleteJob(ctx context.Context, name string) error {
	_, err := c.Jobs.DeleteJob(ctx, &pb.DeleteJobRequest{Name: name})
	return FromCall(err)
}

// ListJobs gives all jobs that the request's filters leave, the newest first, page by page.
func (c *Client) ListJobs(ctx context.Context, request *pb.ListJobsRequest) iter.Seq2[*pb.Job, error] {
	return func(yield func(*pb.Job, error) bool) {
		page := &pb.ListJobsRequest{}
		if request != nil {
			page = &pb.ListJobsRequest{
				PageSize: request.PageSize, PageToken: request.PageToken, States: request.States,
				Labels: request.Labels, CreatedFrom: request.CreatedFrom,
				CreatedBefore: request.CreatedBefore, Tenant: request.Tenant,
			}
		}
		for {
			answer, err := c.Jobs.ListJobs(ctx, page)
			if err != nil {
				yield(nil, FromCall(err))
				return
			}
			for _, job := range answer.GetJobs() {
				if !yield(job, nil) {
					return
				}
			}
			if page.PageToken = answer.GetNextPageToken(); page.PageToken == "" {
				return
			}
		}
	}
}

// WatchJob gives the events of a job after event number afterEvent, then new ones and progress as
// they come, and ends with the job. It goes on after broken connections and a stopped gateway: no
// event of the history is missed or given twice.
func (c *Client) WatchJob(
	ctx context.Context, name string, afterEvent int32,
) iter.Seq2[*pb.JobEvent, error] {
	return func(yield func(*pb.JobEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var pause pauses
		for {
			err := func() error {
				call, err := c.Jobs.WatchJob(ctx, &pb.WatchJobRequest{Name: name, AfterEvent: afterEvent})
				if err != nil {
					return err
				}
				for {
					event, err := call.Recv()
					if err != nil {
						return err
					}
					pause.reset()
					if event.GetStateChange() != nil {
						afterEvent = event.GetNumber()
					}
					if !yield(event, nil) {
						return errStopped
					}
				}
			}()
			if errors.Is(err, io.EOF) || errors.Is(err, errStopped) {
				return
			}
			if isConnectionLost(err) {
				if err = pause.wait(ctx, err); err == nil {
					continue
				}
			}
			yield(nil, FromCall(err))
			return
		}
	}
}

// errStopped says that the reader has left the loop.
var errStopped = errors.New("stopped")

// IsTerminal tells whether a job in this state has ended.
func IsTerminal(state pb.JobState) bool {
	return state >= pb.JobState_JOB_STATE_SUCCEEDED
}

// WaitForJob watches a job until it has ended, and gives it. onEvent may be nil. A job that did not
// succeed is no error here: see JobError.
func (c *Client) WaitForJob(
	ctx context.Context, name string, onEvent func(*pb.JobEvent),
) (*pb.Job, error) {
	for event, err := range c.WatchJob(ctx, name, 0) {
		if err != nil {
			return nil, err
		}
		if onEvent != nil {
			onEvent(event)
		}
	}
	return c.GetJob(ctx, name)
}
