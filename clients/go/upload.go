package depthmesh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// partBytes is how much one call writes by default. What a call has written is durable.
const partBytes = 16 * 1024 * 1024

// resends is how often bytes that were damaged on their way are sent again.
const resends = 3

// UploadOptions are settings of Upload; its zero value is good.
type UploadOptions struct {
	// Name goes on with an upload that was begun earlier, also by another process.
	Name string
	// RequestID creates one upload only, however often it is called within 24 hours.
	RequestID string
	// PartBytes is how much one call writes; 0 means 16 MiB.
	PartBytes int64
	// OnProgress gets the upload when it exists and after each part; an error of it ends the call.
	OnProgress func(*pb.Upload) error
}

// Upload sends a file in parts and goes on after broken connections and a stopped gateway: only
// bytes that the server has not committed are sent again. The finished upload's name can stand for a
// photo, a depth map or a sound.
func (c *Client) Upload(
	ctx context.Context, file io.ReadSeeker, options UploadOptions,
) (*pb.Upload, error) {
	if options.PartBytes <= 0 {
		options.PartBytes = partBytes
	}
	sizeBytes, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	sum, err := sha256Of(file)
	if err != nil {
		return nil, err
	}
	run := &uploadRun{client: c, file: file, sizeBytes: sizeBytes, sha256: sum, options: options}
	damaged := 0
	for {
		upload, err := run.onward(ctx)
		if err == nil {
			return upload, nil
		}
		switch reason := ReasonOf(err); {
		case reason == "UPLOAD_CHECKSUM_MISMATCH" && damaged < resends:
			damaged++
		// Another call may have written since the offset was asked for.
		case isConnectionLost(err), reason == "UPLOAD_OFFSET_MISMATCH":
			if err := run.pause.wait(ctx, err); err != nil {
				return nil, FromCall(err)
			}
		default:
			return nil, FromCall(err)
		}
	}
}

type uploadRun struct {
	client    *Client
	file      io.ReadSeeker
	sizeBytes int64
	sha256    string
	options   UploadOptions
	pause     pauses
}

// onward writes parts from where the server stands to the end.
func (r *uploadRun) onward(ctx context.Context) (*pb.Upload, error) {
	upload, err := r.current(ctx)
	if err != nil {
		return nil, err
	}
	r.options.Name = upload.GetName()
	for {
		if r.options.OnProgress != nil {
			if err := r.options.OnProgress(upload); err != nil {
				return nil, err
			}
		}
		if upload.GetFinished() {
			return upload, nil
		}
		offset := upload.GetCommittedSizeBytes()
		if upload, err = r.writePart(ctx, offset); err != nil {
			return nil, err
		}
		r.pause.reset()
		if !upload.GetFinished() && upload.GetCommittedSizeBytes() == offset {
			return nil, fmt.Errorf("the file ends at byte %d, but had %d bytes when its upload began: %w",
				offset, r.sizeBytes, io.ErrUnexpectedEOF)
		}
	}
}

func (r *uploadRun) current(ctx context.Context) (*pb.Upload, error) {
	if r.options.Name != "" {
		return r.client.Uploads.GetUpload(ctx, &pb.GetUploadRequest{Name: r.options.Name})
	}
	return r.client.Uploads.CreateUpload(ctx, &pb.CreateUploadRequest{
		SizeBytes: &r.sizeBytes, RequestId: r.options.RequestID,
	})
}

func (r *uploadRun) writePart(ctx context.Context, offset int64) (*pb.Upload, error) {
	if _, err := r.file.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	call, err := r.client.Uploads.WriteUpload(ctx)
	if err != nil {
		return nil, err
	}
	err = call.Send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Header{
		Header: &pb.WriteUploadHeader{Name: r.options.Name, Offset: offset},
	}})
	if err == nil {
		err = eachChunk(io.LimitReader(r.file, r.options.PartBytes), func(chunk []byte) error {
			crc := crc32.Checksum(chunk, castagnoli)
			return call.Send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Data{
				Data: &pb.UploadData{Data: chunk, Crc32C: &crc},
			}})
		})
	}
	if err == nil && offset+r.options.PartBytes >= r.sizeBytes {
		err = call.Send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Finish{
			Finish: &pb.FinishUpload{Sha256: r.sha256},
		}})
	}
	// The server may refuse before it has everything: then the answer says why.
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return call.CloseAndRecv()
}

func sha256Of(file io.ReadSeeker) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
