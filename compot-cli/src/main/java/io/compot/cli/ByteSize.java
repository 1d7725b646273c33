package io.compot.cli;

import io.compot.recipe.Bytes;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** "5GB" (powers of 1000), "1GiB" (powers of 1024) or a number of bytes. */
final class ByteSize implements ITypeConverter<Long> {

  @Override
  public Long convert(String value) {
    return Bytes.parse(value)
        .orElseThrow(
            () -> new TypeConversionException("'" + value + "' is no size such as 5GB or 500MB"));
  }
}
