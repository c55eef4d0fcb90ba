package depthmesh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"

	pb "depthmesh.io/client/gen/depthmeshv1"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Upload sends a file in parts and goes on after broken connections and a stopped gateway: only
// bytes that the server has not committed are sent again. onProgress, which may be nil, gets the
// committed bytes. The finished upload's name can stand for a photo, a depth map or a sound.
func (c *Client) Upload(
	ctx context.Context, file io.ReadSeeker, onProgress func(committedBytes int64),
) (*pb.Upload, error) {
	sizeBytes, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	upload, err := c.Uploads.CreateUpload(ctx, &pb.CreateUploadRequest{SizeBytes: &sizeBytes})
	if err != nil {
		return nil, FromCall(err)
	}
	return c.ResumeUpload(ctx, upload.GetName(), file, onProgress)
}

// ResumeUpload goes on with an upload that was begun earlier, also by another process.
func (c *Client) ResumeUpload(
	ctx context.Context, name string, file io.ReadSeeker, onProgress func(committedBytes int64),
) (*pb.Upload, error) {
	sum, err := sha256Of(file)
	if err != nil {
		return nil, err
	}
	var pause pauses
	committed := int64(-1)
	for {
		upload, err := c.Uploads.GetUpload(ctx, &pb.GetUploadRequest{Name: name})
		if err == nil && upload.GetFinished() {
			return upload, nil
		}
		if err == nil {
			if upload.GetCommittedSizeBytes() > committed {
				pause.reset()
			}
			committed = upload.GetCommittedSizeBytes()
			if onProgress != nil {
				onProgress(committed)
			}
			upload, err = c.writeRest(ctx, upload, file, sum)
			if err == nil {
				if onProgress != nil {
					onProgress(upload.GetCommittedSizeBytes())
				}
				return upload, nil
			}
		}
		// Another call may have written since the offset was asked for.
		if !isConnectionLost(err) && ReasonOf(err) != "UPLOAD_OFFSET_MISMATCH" {
			return nil, FromCall(err)
		}
		if err := pause.wait(ctx, err); err != nil {
			return nil, FromCall(err)
		}
	}
}

func (c *Client) writeRest(
	ctx context.Context, upload *pb.Upload, file io.ReadSeeker, sum string,
) (*pb.Upload, error) {
	offset := upload.GetCommittedSizeBytes()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	call, err := c.Uploads.WriteUpload(ctx)
	if err != nil {
		return nil, err
	}
	send := func(request *pb.WriteUploadRequest) error { return call.Send(request) }
	err = send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Header{
		Header: &pb.WriteUploadHeader{Name: upload.GetName(), Offset: offset},
	}})
	if err == nil {
		err = eachChunk(file, func(chunk []byte) error {
			crc := crc32.Checksum(chunk, castagnoli)
			return send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Data{
				Data: &pb.UploadData{Data: chunk, Crc32C: &crc},
			}})
		})
	}
	if err == nil {
		err = send(&pb.WriteUploadRequest{Kind: &pb.WriteUploadRequest_Finish{
			Finish: &pb.FinishUpload{Sha256: sum},
		}})
	}
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
