package io.depthmesh.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import io.depthmesh.v1.AdminServiceOuterClass;
import io.depthmesh.v1.CatalogServiceOuterClass;
import io.depthmesh.v1.ConvertServiceOuterClass;
import io.depthmesh.v1.JobServiceOuterClass;
import io.depthmesh.v1.PreviewServiceOuterClass;
import io.depthmesh.v1.ResultServiceOuterClass;
import io.depthmesh.v1.UploadServiceOuterClass;
import io.depthmesh.v1.WebhookServiceOuterClass;
import io.grpc.protobuf.ProtoUtils;
import java.util.List;

/** Messages of the protocol as JSON, and methods by their names. */
final class Messages {
  private static final List<FileDescriptor> FILES =
      List.of(
          AdminServiceOuterClass.getDescriptor(),
          CatalogServiceOuterClass.getDescriptor(),
          ConvertServiceOuterClass.getDescriptor(),
          JobServiceOuterClass.getDescriptor(),
          PreviewServiceOuterClass.getDescriptor(),
          ResultServiceOuterClass.getDescriptor(),
          UploadServiceOuterClass.getDescriptor(),
          WebhookServiceOuterClass.getDescriptor());

  /** The details of a job's error are read as JSON. */
  private static final TypeRegistry TYPES =
      TypeRegistry.newBuilder().add(ErrorDetailsProto.getDescriptor().getMessageTypes()).build();

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().usingTypeRegistry(TYPES).omittingInsignificantWhitespace();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().usingTypeRegistry(TYPES);

  private Messages() {}

  /** Finds {@code getJob}, or {@code JobService.GetJob}. */
  static MethodDescriptor method(String name) {
    for (FileDescriptor file : FILES) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          String own = method.getName();
          String local = Character.toLowerCase(own.charAt(0)) + own.substring(1);
          if (name.equals(local) || name.equals(service.getName() + "." + own)) return method;
        }
      }
    }
    throw new IllegalArgumentException("there is no method " + name);
  }

  /** The method as gRPC calls it, with messages of any type. */
  static io.grpc.MethodDescriptor<Message, Message> grpcMethod(
      MethodDescriptor method, io.grpc.MethodDescriptor.MethodType type) {
    return io.grpc.MethodDescriptor.<Message, Message>newBuilder()
        .setType(type)
        .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
        .setRequestMarshaller(marshaller(method.getInputType()))
        .setResponseMarshaller(marshaller(method.getOutputType()))
        .build();
  }

  private static io.grpc.MethodDescriptor.Marshaller<Message> marshaller(Descriptor type) {
    return ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(type));
  }

  static JsonElement toJson(MessageOrBuilder message) throws InvalidProtocolBufferException {
    return JsonParser.parseString(PRINTER.print(message));
  }

  static Message read(Descriptor type, JsonElement json) throws InvalidProtocolBufferException {
    return read(DynamicMessage.newBuilder(type), json).build();
  }

  static <B extends Message.Builder> B read(B into, JsonElement json)
      throws InvalidProtocolBufferException {
    if (json != null && !json.isJsonNull()) PARSER.merge(json.toString(), into);
    return into;
  }
}
