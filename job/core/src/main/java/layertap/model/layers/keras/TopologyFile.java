package layertap.model.layers.keras;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import layertap.failure.UserException;
import layertap.model.layers.keras.Topology.Element;

/**
 * A topology that was given beside the model: a {@code .keras} archive, or the JSON of {@code
 * model.to_json()}.
 *
 * @param location of the file, for messages
 */
public record TopologyFile(String location, Topology topology) {
  /** A configuration is text of some kilobytes a layer; more is no configuration. */
  private static final int MAX_CONFIG_BYTES = 32 << 20;

  /** Keras writes the weights after the configuration; an archive of nothing must end, too. */
  private static final long MAX_UNPACKED_BYTES = 4L << 30;

  private static final int SKIPPED_AT_ONCE = 1 << 20;

  private static final String CONFIG_ENTRY = "config.json";

  /**
   * Reads a file's bytes.
   *
   * @throws UserException if they are neither of the two, or the model does not name its layers
   */
  public static TopologyFile parse(String location, byte[] bytes) {
    boolean isArchive = bytes.length > 1 && bytes[0] == 'P' && bytes[1] == 'K';
    try {
      String json =
          isArchive
              ? configOf(bytes, MAX_UNPACKED_BYTES)
              : new String(bytes, StandardCharsets.UTF_8);
      Topology topology = TopologyParser.parse(json).orElseThrow(() -> listsNoLayers(location));
      Optional<Element> unnamed = topology.unnamed();
      if (unnamed.isPresent()) {
        throw namesNotAll(location, topology, unnamed.get());
      }
      return new TopologyFile(location, topology);
    } catch (IllegalArgumentException | IOException e) {
      throw new UserException(
          "cannot use the topology %s: %s; give the model's .keras archive or the text of model.to_json()"
              .formatted(location, e.getMessage()),
          e);
    }
  }

  /** Models of KerasHub, too, are made from inputs and outputs, and write their own arguments. */
  private static UserException listsNoLayers(String location) {
    return new UserException(
        ("cannot use the topology %s: the model is subclassed, its configuration does not list its"
                + " layers; if it has model.inputs, give the text of keras.Model(model.inputs,"
                + " model.outputs).to_json(), else leave model.topology out")
            .formatted(location));
  }

  private static UserException namesNotAll(String location, Topology model, Element unnamed) {
    return new UserException(
        ("cannot use the topology %s: in the model '%s' a layer of the class '%s' has no name, as the"
                + " class writes its configuration without it; let its get_config return"
                + " super().get_config() and what the class adds, and write the file anew, or leave"
                + " model.topology out")
            .formatted(location, model.name(), unnamed.className()));
  }

  /**
   * The configuration in an archive.
   *
   * @param maxBytes that the entries before it may have, unpacked
   */
  static String configOf(byte[] archive, long maxBytes) throws IOException {
    long skipped = 0;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(CONFIG_ENTRY)) {
          byte[] config = zip.readNBytes(MAX_CONFIG_BYTES + 1);
          if (config.length > MAX_CONFIG_BYTES) {
            throw new IOException("%s expands to more than 32 MB".formatted(CONFIG_ENTRY));
          }
          return new String(config, StandardCharsets.UTF_8);
        }
        for (long count = zip.skip(SKIPPED_AT_ONCE); count > 0; count = zip.skip(SKIPPED_AT_ONCE)) {
          skipped += count;
          if (skipped > maxBytes) {
            throw new IOException(
                "what lies before %s expands to more than %s bytes"
                    .formatted(CONFIG_ENTRY, maxBytes));
          }
        }
      }
    }
    throw new IOException("the archive has no %s".formatted(CONFIG_ENTRY));
  }
}
