//! Columns of a flat block: column after column, each of the same stride.

use std::ops::Range;

fn place(stride: usize, column: usize) -> Range<usize> {
    column * stride..(column + 1) * stride
}

#[expect(clippy::indexing_slicing, reason = "a layout names no column outside its block")]
pub(crate) fn column<T>(cells: &[T], stride: usize, column: usize) -> &[T] {
    &cells[place(stride, column)]
}

#[expect(clippy::indexing_slicing, reason = "a layout names no column outside its block")]
pub(crate) fn column_mut<T>(cells: &mut [T], stride: usize, column: usize) -> &mut [T] {
    &mut cells[place(stride, column)]
}

/// Two different columns, the first to read and the second to write.
pub(crate) fn two_columns<T>(cells: &mut [T], stride: usize, read: usize, write: usize) -> (&[T], &mut [T]) {
    match cells.get_disjoint_mut([place(stride, read), place(stride, write)]) {
        Ok([read, write]) => (read, write),
        Err(_) => (&[], &mut []),
    }
}

pub(crate) fn copy_column<T: Copy>(cells: &mut [T], stride: usize, from: usize, to: usize) {
    cells.copy_within(place(stride, from), to * stride);
}
