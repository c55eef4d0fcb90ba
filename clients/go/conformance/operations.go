package main

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"os"

	"google.golang.org/protobuf/proto"

	"depthmesh.io/client"
	pb "depthmesh.io/client/gen/depthmeshv1"
)

type operation struct {
	ctx    context.Context
	client *depthmesh.Client
	name   string
	with   json.RawMessage
	// pace returns when the next item may be taken.
	pace  func()
	yield func(item any)
}

// arguments are those of all operations that are more than one message.
type arguments struct {
	Header     json.RawMessage   `json:"header"`
	Photo      string            `json:"photo"`
	DepthMap   string            `json:"depthMap"`
	Sound      string            `json:"sound"`
	File       string            `json:"file"`
	Name       string            `json:"name"`
	AfterEvent int32             `json:"afterEvent"`
	Offset     int64             `json:"offset"`
	Limit      int64             `json:"limit"`
	Job        string            `json:"job"`
	PartBytes  int64             `json:"partBytes"`
	Upload     string            `json:"upload"`
	Start      json.RawMessage   `json:"start"`
	Cameras    []json.RawMessage `json:"cameras"`
	Method     string            `json:"method"`
	Requests   []json.RawMessage `json:"requests"`
	KeepOpen   bool              `json:"keepOpen"`
}

func perform(o *operation) (any, error) {
	many := map[string]func(*operation, arguments) (any, error){
		"createJob": createJob, "convert": convert, "watch": watch, "readArtifact": readArtifact,
		"followLive": followLive, "uploadResumable": uploadResumable, "interact": interact,
		"messages": messages,
	}
	run, isKnown := many[o.name]
	if !isKnown {
		return unary(o)
	}
	var with arguments
	if len(o.with) > 0 {
		if err := json.Unmarshal(o.with, &with); err != nil {
			return nil, err
		}
	}
	return run(o, with)
}

func unary(o *operation) (any, error) {
	method, err := method(o.name)
	if err != nil {
		return nil, err
	}
	request, err := empty(method.Input())
	if err != nil {
		return nil, err
	}
	response, err := empty(method.Output())
	if err != nil {
		return nil, err
	}
	if err := read(o.with, request); err != nil {
		return nil, err
	}
	if err := o.client.Connection().Invoke(o.ctx, path(method), request, response); err != nil {
		return nil, err
	}
	return asJSON(response)
}

// paced takes each item of a stream when the harness lets it, and passes it on.
func paced[T any](o *operation, items iter.Seq2[T, error], take func(T) error) error {
	next, stop := iter.Pull2(items)
	defer stop()
	for {
		o.pace()
		item, err, more := next()
		if !more {
			return nil
		}
		if err == nil {
			err = take(item)
		}
		if err != nil {
			return err
		}
	}
}

func (o *operation) yieldMessage(message proto.Message) error {
	text, err := asJSON(message)
	if err == nil {
		o.yield(text)
	}
	return err
}

func (o *operation) yieldChunk(chunk []byte) {
	o.yield(map[string]any{"chunk": map[string]int{"bytes": len(chunk)}})
}

// jobOf is what createJob and convert send.
func jobOf(with arguments) (*pb.JobSpec, depthmesh.Files, depthmesh.JobOptions, error) {
	header := &pb.CreateJobHeader{}
	var files depthmesh.Files
	err := read(with.Header, header)
	for _, file := range []struct {
		path string
		into *io.Reader
	}{{with.Photo, &files.Photo}, {with.DepthMap, &files.DepthMap}, {with.Sound, &files.Sound}} {
		if file.path == "" || err != nil {
			continue
		}
		*file.into, err = os.Open(file.path)
	}
	files.PhotoUpload = header.GetPhotoUpload()
	files.DepthMapUpload = header.GetDepthMapUpload()
	files.SoundUpload = header.GetSoundUpload()
	return header.GetSpec(), files, depthmesh.JobOptions{
		RequestID: header.GetRequestId(), ValidateOnly: header.GetValidateOnly(),
		Labels: header.GetLabels(), Webhooks: header.GetWebhooks(),
	}, err
}

func createJob(o *operation, with arguments) (any, error) {
	spec, files, options, err := jobOf(with)
	if err != nil {
		return nil, err
	}
	job, err := o.client.CreateJob(o.ctx, spec, files, options)
	if err != nil {
		return nil, err
	}
	return asJSON(job)
}

func convert(o *operation, with arguments) (any, error) {
	spec, files, options, err := jobOf(with)
	if err != nil {
		return nil, err
	}
	received, err := newSink(with.File)
	if err != nil {
		return nil, err
	}
	var job json.RawMessage
	err = paced(o, o.client.Convert(o.ctx, spec, files, options), func(response *pb.ConvertResponse) error {
		switch kind := response.GetKind().(type) {
		case *pb.ConvertResponse_Chunk:
			o.yieldChunk(kind.Chunk)
			return received.write(kind.Chunk)
		case *pb.ConvertResponse_StreamStart:
			if err := received.clear(); err != nil {
				return err
			}
		case *pb.ConvertResponse_Summary:
			var err error
			if job, err = asJSON(kind.Summary); err != nil {
				return err
			}
		}
		return o.yieldMessage(response)
	})
	if err != nil {
		return nil, err
	}
	return received.result(map[string]any{"job": job})
}

func watch(o *operation, with arguments) (any, error) {
	lastEvent := with.AfterEvent
	err := paced(o, o.client.WatchJob(o.ctx, with.Name, with.AfterEvent), func(event *pb.JobEvent) error {
		if event.GetStateChange() != nil {
			lastEvent = event.GetNumber()
		}
		return o.yieldMessage(event)
	})
	return map[string]any{"lastEvent": lastEvent}, err
}
