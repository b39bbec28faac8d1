package layertap.spark.trial;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The properties of a JVM by which it reaches storage: Hadoop's settings, and what Java and the
 * clients of storage read themselves, as certificates and proxies. Another JVM that reads the same
 * model needs them.
 */
final class StorageProperties {
  private static final List<String> PREFIXES =
      List.of(
          "spark.hadoop.",
          "hadoop.",
          "HADOOP_",
          // Certificates, Kerberos, TLS.
          "javax.net.ssl.",
          "javax.security.",
          "java.security.",
          "sun.security.",
          "com.sun.security.",
          "com.sun.jndi.",
          "jdk.security.",
          "jdk.tls.",
          // Connections, proxies.
          "java.net.",
          "sun.net.",
          "jdk.http",
          "http.",
          "https.",
          "ftp.",
          "socksProxy",
          "io.netty.",
          // Clients of storage, and whose credentials they look for.
          "aws.",
          "com.amazonaws.",
          "software.amazon.awssdk.",
          "user.home",
          "user.name");

  private StorageProperties() {}

  static Map<String, String> ofThisJvm() {
    Map<String, String> properties = new HashMap<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      if (PREFIXES.stream().anyMatch(name::startsWith)) {
        properties.put(name, System.getProperty(name));
      }
    }
    return properties;
  }
}
