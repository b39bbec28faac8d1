package layertap.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import layertap.checksum.MaskedCrc32c;
import layertap.failure.UserException;

/**
 * Reads an SSTable as TensorFlow writes it for {@code variables.index}: LevelDB's table format
 * ("doc/table_format.md" in LevelDB's sources) without compression. Keys are raw bytes, held here
 * as ISO-8859-1 strings.
 */
final class SortedTable {
  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int FOOTER_LENGTH = 48;
  private static final int TRAILER_LENGTH = 5;

  private final ByteBuffer file;
  private final String name;

  private SortedTable(byte[] bytes, String name) {
    this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
  }

  /**
   * All entries in the order of their keys.
   *
   * @param name of the file, for messages
   * @throws UserException if the bytes are no such table, or a checksum is wrong
   */
  static Map<String, ByteBuffer> read(byte[] bytes, String name) {
    SortedTable table = new SortedTable(bytes, name);
    try {
      return table.entries();
    } catch (RuntimeException e) {
      throw e instanceof UserException ? e : table.damaged("it ends too early", e);
    }
  }

  private Map<String, ByteBuffer> entries() {
    int footer = file.limit() - FOOTER_LENGTH;
    if (footer < 0 || file.getLong(file.limit() - Long.BYTES) != MAGIC) {
      throw damaged("it does not end as an SSTable does", null);
    }
    ByteBuffer handles = file.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(footer);
    readHandle(handles);
    Map<String, ByteBuffer> index = blockEntries(readHandle(handles));
    Map<String, ByteBuffer> entries = new LinkedHashMap<>();
    for (ByteBuffer handle : index.values()) {
      entries.putAll(blockEntries(readHandle(handle)));
    }
    return entries;
  }

  private record BlockHandle(long offset, long length) {}

  private static BlockHandle readHandle(ByteBuffer from) {
    return new BlockHandle(readVarint(from), readVarint(from));
  }

  private Map<String, ByteBuffer> blockEntries(BlockHandle handle) {
    if (handle.offset < 0
        || handle.length < Integer.BYTES
        || handle.length > file.limit()
        || handle.offset > file.limit() - handle.length - TRAILER_LENGTH) {
      throw damaged("a block lies outside the file", null);
    }
    int start = (int) handle.offset;
    int end = start + (int) handle.length;
    if (file.get(end) != 0) {
      throw damaged("a block is compressed, which TensorFlow does not do", null);
    }
    int stored = file.getInt(end + 1);
    if (MaskedCrc32c.of(file.array(), start, end + 1 - start) != stored) {
      throw damaged("the checksum of a block is wrong", null);
    }
    int restarts = file.getInt(end - Integer.BYTES);
    long entriesEnd = end - Integer.BYTES * (1L + (restarts & 0xffffffffL));
    if (entriesEnd < start) {
      throw damaged("a block has no room for its entries", null);
    }
    return parseEntries(file.duplicate().position(start).limit((int) entriesEnd));
  }

  private Map<String, ByteBuffer> parseEntries(ByteBuffer block) {
    Map<String, ByteBuffer> entries = new LinkedHashMap<>();
    byte[] key = new byte[0];
    while (block.hasRemaining()) {
      int shared = readLength(block, key.length);
      int unshared = readLength(block, block.remaining());
      int valueLength = readLength(block, block.remaining());
      byte[] next = new byte[shared + unshared];
      System.arraycopy(key, 0, next, 0, shared);
      block.get(next, shared, unshared);
      key = next;
      if (valueLength > block.remaining()) {
        throw damaged("an entry is longer than its block", null);
      }
      ByteBuffer value = block.slice(block.position(), valueLength);
      block.position(block.position() + valueLength);
      entries.put(new String(key, StandardCharsets.ISO_8859_1), value);
    }
    return entries;
  }

  private int readLength(ByteBuffer from, int limit) {
    long length = readVarint(from);
    if (length < 0 || length > limit) {
      throw damaged("an entry is longer than its block", null);
    }
    return (int) length;
  }

  private static long readVarint(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("varint of more than 64 bits");
  }

  private UserException damaged(String fact, Throwable cause) {
    return new UserException(
        ("cannot read the checkpoint index %s: %s; the file is damaged or was not "
                + "copied whole, export or copy the model again")
            .formatted(name, fact),
        cause);
  }
}
