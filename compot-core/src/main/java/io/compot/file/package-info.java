/**
 * Files that are read over hours, files that appear whole or not at all, digests, locks on folders.
 */
@NullMarked
package io.compot.file;

import org.jspecify.annotations.NullMarked;
