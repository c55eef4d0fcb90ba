package io.depthmesh.client;

import com.google.gson.Gson;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Where a gateway is, and what is shown to it. Without TLS, calls go in plain text; a key is then
 * refused unless the gateway is on this host.
 */
public final class Connection {
  private static final int MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

  private final String address;
  private String key = "";
  private TlsChannelCredentials.Builder tls;
  private String serverName = "";

  private Connection(String address) {
    this.address = address;
  }

  /** The gateway at {@code host:port}. */
  public static Connection to(String address) {
    return new Connection(address);
  }

  /** Shows an API key, or a JWT, with every call. */
  public Connection key(String key) {
    this.key = key.strip();
    return this;
  }

  /** Shows the API key that a file holds. */
  public Connection keyFile(Path file) {
    try {
      return key(Files.readString(file));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** Calls by TLS and checks the server by the authorities of the system. */
  public Connection tls() {
    if (tls == null) tls = TlsChannelCredentials.newBuilder();
    return this;
  }

  /** Calls by TLS and checks the server by the authorities in a file (PEM). */
  public Connection tls(Path authorities) {
    tls();
    try {
      tls.trustManager(authorities.toFile());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return this;
  }

  /** Shows a certificate (PEM), which may name the caller in place of a key. */
  public Connection clientCertificate(Path certificate, Path privateKey) {
    tls();
    try {
      File chain = certificate.toFile();
      tls.keyManager(chain, privateKey.toFile());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return this;
  }

  /** Expects this name in the server's certificate in place of the address's. */
  public Connection serverName(String name) {
    this.serverName = name;
    return this;
  }

  ManagedChannel open() {
    if (!key.isEmpty() && tls == null && !isLoopback(address)) {
      throw new IllegalStateException("a key is shown by TLS only, or to this host: add tls()");
    }
    ChannelCredentials transport = tls == null ? InsecureChannelCredentials.create() : tls.build();
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(address, transport)
            .maxInboundMessageSize(MAX_RESPONSE_BYTES)
            .keepAliveTime(30, TimeUnit.SECONDS)
            .defaultServiceConfig(serviceConfig())
            .enableRetry();
    if (!serverName.isEmpty()) builder.overrideAuthority(serverName);
    ManagedChannel channel = builder.build();
    Reconnecting.watch(channel);
    return channel;
  }

  /** Null if there is no key. */
  CallCredentials credentials() {
    return key.isEmpty() ? null : new KeyCredentials(key);
  }

  private static boolean isLoopback(String address) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    return host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, ?> serviceConfig() {
    try (InputStream file = Connection.class.getResourceAsStream("service-config.json")) {
      if (file == null) throw new IllegalStateException("service-config.json is not in the package");
      return new Gson().fromJson(new InputStreamReader(file, StandardCharsets.UTF_8), Map.class);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static final class KeyCredentials extends CallCredentials {
    private static final Metadata.Key<String> AUTHORIZATION =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private final String key;

    KeyCredentials(String key) {
      this.key = key;
    }

    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer " + key);
      applier.apply(headers);
    }
  }
}
