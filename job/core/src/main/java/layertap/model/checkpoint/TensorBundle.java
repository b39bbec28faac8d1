package layertap.model.checkpoint;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.ModelFiles.ModelFile;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.BundleHeaderProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The index of a checkpoint ({@code variables.index}): where each variable's bytes lie in the data
 * shards. The format is that of TensorFlow's {@code tensor_bundle.h}. Immutable and thread-safe.
 */
public final class TensorBundle {
  private static final String PREFIX = "variables/variables";
  private static final String HEADER_KEY = "";

  private final String location;
  private final Map<String, ByteBuffer> entries;
  private final int shardCount;
  private final Map<String, Long> fileLengths;

  private TensorBundle(
      String location,
      Map<String, ByteBuffer> entries,
      int shardCount,
      Map<String, Long> fileLengths) {
    this.location = location;
    this.entries = entries;
    this.shardCount = shardCount;
    this.fileLengths = fileLengths;
  }

  /**
   * Reads the index of the SavedModel's checkpoint; a model without variables has none, then the
   * bundle is empty.
   *
   * @throws UserException if the index is damaged
   */
  public static TensorBundle open(ModelFiles files) {
    Map<String, Long> lengths = new HashMap<>();
    for (ModelFile file : files.list()) {
      lengths.put(file.path(), file.length());
    }
    String indexFile = PREFIX + ".index";
    Long length = lengths.get(indexFile);
    if (length == null) {
      return new TensorBundle(files.location(), Map.of(), 0, lengths);
    }
    if (length > Integer.MAX_VALUE - 8) {
      throw new UserException(
          ("cannot read the checkpoint index %s of %s: it has %s bytes; an index "
                  + "is never that large, export the model again")
              .formatted(indexFile, files.location(), length));
    }
    Map<String, ByteBuffer> entries =
        SortedTable.read(
            files.read(indexFile, 0, length.intValue()), indexFile + " of " + files.location());
    return new TensorBundle(
        files.location(), entries, parseHeader(entries.get(HEADER_KEY), files), lengths);
  }

  private static int parseHeader(ByteBuffer header, ModelFiles files) {
    try {
      if (header == null) {
        throw new InvalidProtocolBufferException("no header");
      }
      BundleHeaderProto parsed = BundleHeaderProto.parseFrom(header.duplicate());
      if (parsed.getEndianness() != BundleHeaderProto.Endianness.LITTLE) {
        throw new UserException(
            ("cannot read the variables of %s: they were written on a big-endian machine; "
                    + "export the model on another one")
                .formatted(files.location()));
      }
      return parsed.getNumShards();
    } catch (InvalidProtocolBufferException e) {
      throw new UserException(
          ("cannot read the checkpoint index of %s: its header is damaged; export or "
                  + "copy the model again")
              .formatted(files.location()),
          e);
    }
  }

  /**
   * The entry of a checkpoint key.
   *
   * @throws UserException if the entry is damaged or its bytes are not there
   */
  public Optional<BundleEntry> find(String key) {
    return find(key, "");
  }

  /**
   * The entry of a slice of a partitioned variable. The one part of a variable that has no others
   * is stored whole, under the plain key.
   *
   * @param slice as RestoreV2 writes it; empty for the whole tensor
   * @throws UserException if the entry is damaged or its bytes are not there
   */
  public Optional<BundleEntry> find(String key, String slice) {
    if (slice.isEmpty()) {
      return at(key, utf8(key));
    }
    Optional<BundleEntry> part = at(key, SliceKeys.encode(key, SliceKeys.parse(slice)));
    Optional<List<Long>> whole = SliceKeys.whole(slice);
    if (part.isPresent() || whole.isEmpty()) {
      return part;
    }
    Optional<BundleEntry> entry = at(key, utf8(key));
    if (entry.isPresent() && !entry.get().shape().equals(whole.get())) {
      throw unreadable(
          key,
          "the model restores the shape %s, the checkpoint holds %s"
              .formatted(whole.get(), entry.get().shape()),
          null);
    }
    return entry;
  }

  private static String utf8(String key) {
    return new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private Optional<BundleEntry> at(String key, String raw) {
    ByteBuffer bytes = entries.get(raw);
    if (bytes == null || key.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(toEntry(key, BundleEntryProto.parseFrom(bytes.duplicate())));
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(key, "its entry in the checkpoint index is damaged", e);
    }
  }

  /** All checkpoint keys that are text, sorted. */
  public List<String> keys() {
    return entries.keySet().stream()
        .filter(key -> !key.isEmpty() && key.charAt(0) != 0)
        .map(key -> new String(key.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
        .toList();
  }

  private BundleEntry toEntry(String key, BundleEntryProto proto) {
    String file =
        String.format(Locale.ROOT, "%s.data-%05d-of-%05d", PREFIX, proto.getShardId(), shardCount);
    Long fileLength = fileLengths.get(file);
    if (fileLength == null) {
      throw unreadable(key, "the file " + file + " is missing", null);
    }
    if (proto.getOffset() < 0
        || proto.getSize() < 0
        || proto.getSize() > fileLength
        || proto.getOffset() > fileLength - proto.getSize()) {
      throw unreadable(
          key, "its bytes lie beyond the end of " + file + " (" + fileLength + " bytes)", null);
    }
    List<Long> shape = new ArrayList<>();
    for (TensorShapeProto.Dim dimension : proto.getShape().getDimList()) {
      if (dimension.getSize() < 0) {
        throw unreadable(key, "its shape has a negative size", null);
      }
      shape.add(dimension.getSize());
    }
    BundleEntry entry =
        new BundleEntry(
            key,
            proto.getDtype(),
            shape,
            file,
            proto.getOffset(),
            proto.getSize(),
            proto.getCrc32C());
    if (proto.getSlicesCount() > 0) {
      throw unreadable(key, "the checkpoint holds slices of it, the model restores it whole", null);
    }
    if (!entry.holdsItsShape()) {
      throw unreadable(
          key,
          "its " + proto.getSize() + " bytes are no " + proto.getDtype() + " of shape " + shape,
          null);
    }
    return entry;
  }

  private UserException unreadable(String key, String fact, Throwable cause) {
    return new UserException(
        "cannot read the variable '%s' of %s: %s; export or copy the model again"
            .formatted(key, location, fact),
        cause);
  }
}
