package main

import (
	"errors"
	"io"
	"os"

	"google.golang.org/grpc"

	"depthmesh.io/client"
	pb "depthmesh.io/client/gen/depthmeshv1"
)

func readArtifact(o *operation, with arguments) (any, error) {
	received, err := newSink(with.File)
	if err != nil {
		return nil, err
	}
	bytes, err := o.client.ReadArtifact(o.ctx, with.Name, with.Offset, with.Limit)
	if err != nil {
		return nil, err
	}
	defer bytes.Close()
	buffer := make([]byte, 256*1024)
	for {
		o.pace()
		n, err := bytes.Read(buffer)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		o.yieldChunk(buffer[:n])
		if err := received.write(buffer[:n]); err != nil {
			return nil, err
		}
	}
	artifact, err := asJSON(bytes.Artifact)
	if err != nil {
		return nil, err
	}
	return received.result(map[string]any{"artifact": artifact})
}

func followLive(o *operation, with arguments) (any, error) {
	received, err := newSink(with.File)
	if err != nil {
		return nil, err
	}
	attempt := ""
	err = paced(o, o.client.FollowLive(o.ctx, with.Job), func(part depthmesh.LivePart) error {
		if part.Attempt != "" {
			attempt = part.Attempt
			o.yield(map[string]string{"attempt": attempt})
			return received.clear()
		}
		o.yieldChunk(part.Bytes)
		return received.write(part.Bytes)
	})
	if err != nil {
		return nil, err
	}
	return received.result(map[string]any{"attempt": attempt})
}

func uploadResumable(o *operation, with arguments) (any, error) {
	file, err := os.Open(with.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	upload, err := o.client.Upload(o.ctx, file, depthmesh.UploadOptions{
		Name: with.Upload, PartBytes: with.PartBytes,
		OnProgress: func(upload *pb.Upload) error {
			o.yield(map[string]any{
				"name": upload.GetName(), "committedSizeBytes": upload.GetCommittedSizeBytes(),
			})
			o.pace()
			return o.ctx.Err()
		},
	})
	if err != nil {
		return nil, err
	}
	return asJSON(upload)
}

func interact(o *operation, with arguments) (any, error) {
	start := &pb.InteractStart{}
	if err := read(with.Start, start); err != nil {
		return nil, err
	}
	call, err := o.client.Previews.Interact(o.ctx)
	if err != nil {
		return nil, err
	}
	// What a send cannot say, the answer says.
	_ = call.Send(&pb.InteractRequest{Kind: &pb.InteractRequest_Start{Start: start}})
	frames := 0
	for {
		o.pace()
		response, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return map[string]int{"frames": frames}, nil
		}
		if err != nil {
			return nil, err
		}
		if response.GetFrame() != nil {
			frames++
		} else {
			for _, text := range with.Cameras {
				camera := &pb.InteractCamera{}
				if err := read(text, camera); err != nil {
					return nil, err
				}
				_ = call.Send(&pb.InteractRequest{Kind: &pb.InteractRequest_Camera{Camera: camera}})
			}
			_ = call.CloseSend()
		}
		if err := o.yieldMessage(response); err != nil {
			return nil, err
		}
	}
}

func messages(o *operation, with arguments) (any, error) {
	method, err := method(with.Method)
	if err != nil {
		return nil, err
	}
	call, err := o.client.Connection().NewStream(
		o.ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path(method))
	if err != nil {
		return nil, err
	}
	for _, text := range with.Requests {
		request, err := empty(method.Input())
		if err != nil {
			return nil, err
		}
		if err := read(text, request); err != nil {
			return nil, err
		}
		if call.SendMsg(request) != nil {
			break
		}
	}
	if !with.KeepOpen {
		_ = call.CloseSend()
	}
	for {
		o.pace()
		response, err := empty(method.Output())
		if err != nil {
			return nil, err
		}
		if err := call.RecvMsg(response); errors.Is(err, io.EOF) {
			return map[string]any{}, nil
		} else if err != nil {
			return nil, err
		}
		if err := o.yieldMessage(response); err != nil {
			return nil, err
		}
	}
}
