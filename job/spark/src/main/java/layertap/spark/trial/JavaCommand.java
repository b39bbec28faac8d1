package layertap.spark.trial;

import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.proto.DataType;

/** The command that runs a class of this program in another JVM like this one. */
final class JavaCommand {
  /** Names a file that Java reads before a program can set properties. */
  private static final String SECURITY = "java.security.properties";

  private JavaCommand() {}

  static List<String> of(String mainClass) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m");
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    String security = System.getProperty(SECURITY);
    if (security != null) {
      command.add("-D%s=%s".formatted(SECURITY, security));
    }
    command.addAll(
        List.of("-XX:+SuppressFatalErrorMessage", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", String.join(System.getProperty("path.separator"), classPath())));
    command.add(mainClass);
    return command;
  }

  /**
   * spark-submit loads a job's jar, and packages such as hadoop-aws, by class loaders of its own.
   */
  private static Set<String> classPath() {
    Set<String> classPath = new LinkedHashSet<>();
    for (Class<?> type : List.of(JavaCommand.class, DataType.class)) {
      classPath.add(path(type.getProtectionDomain().getCodeSource().getLocation()));
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (; loader != null; loader = loader.getParent()) {
      if (loader instanceof URLClassLoader urls) {
        Arrays.stream(urls.getURLs())
            .filter(place -> place.getProtocol().equals("file"))
            .map(JavaCommand::path)
            .forEach(classPath::add);
      }
    }
    classPath.add(System.getProperty("java.class.path"));
    return classPath;
  }

  private static String path(URL place) {
    try {
      return Path.of(place.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the place of a class is not a URI", e);
    }
  }
}
