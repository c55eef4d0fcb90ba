// Command job makes a video by a durable job: it uploads the photo so that a broken connection costs
// nothing, watches the job, and reads its video.
//
//	go run ./examples/job PHOTO VIDEO [ADDRESS]
//
// DEPTHMESH_KEY and DEPTHMESH_CA are those of the example convert.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"depthmesh.io/client"
	pb "depthmesh.io/client/gen/depthmeshv1"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: job PHOTO VIDEO [ADDRESS]")
	}
	address := "127.0.0.1:7410"
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	if err := run(context.Background(), address, os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, photoPath, videoPath string) error {
	var options []depthmesh.Option
	if ca := os.Getenv("DEPTHMESH_CA"); ca != "" {
		options = append(options, depthmesh.WithTLS(ca))
	}
	if key := os.Getenv("DEPTHMESH_KEY"); key != "" {
		options = append(options, depthmesh.WithKey(key))
	}
	client, err := depthmesh.Dial(address, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	photo, err := os.Open(photoPath)
	if err != nil {
		return err
	}
	defer photo.Close()
	upload, err := client.Upload(ctx, photo, depthmesh.UploadOptions{
		OnProgress: func(upload *pb.Upload) error {
			fmt.Println("uploaded", upload.GetCommittedSizeBytes(), "bytes")
			return nil
		},
	})
	if err != nil {
		return err
	}
	side := int32(640)
	spec := &pb.JobSpec{Clip: &pb.Clip{LongestSide: &side}}
	job, err := client.CreateJob(ctx, spec,
		depthmesh.Files{PhotoUpload: upload.GetName()},
		depthmesh.JobOptions{Labels: map[string]string{"photo": photoPath}})
	if err != nil {
		return err
	}
	job, err = client.WaitForJob(ctx, job.GetName(), func(event *pb.JobEvent) {
		if change := event.GetStateChange(); change != nil {
			fmt.Println(change.GetState(), change.GetReason())
		}
	})
	if err != nil {
		return err
	}
	if err := depthmesh.JobError(job); err != nil {
		return err
	}
	bytes, err := client.ReadArtifact(ctx, job.GetName()+"/artifacts/video.mp4", 0, 0)
	if err != nil {
		return err
	}
	defer bytes.Close()
	video, err := os.Create(videoPath)
	if err != nil {
		return err
	}
	if _, err := io.Copy(video, bytes); err != nil {
		return err
	}
	return video.Close()
}
